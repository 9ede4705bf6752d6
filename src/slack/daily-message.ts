import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { factsSection, section } from './blocks';
import { escapeMrkdwn } from './escape-mrkdwn';
import type { ReportedRun } from './run-message';
import { count } from './words/count';
import { events } from './words/events';
import { moment } from './words/moment';
import { number } from './words/number';

const LONGEST_TEXT = 2_500;

/** Events exported by all of the runs, by name. */
function allEvents(runs: readonly ReportedRun[]): Record<string, number> {
  const all = new Map<string, number>();
  for (const run of runs) {
    for (const [name, times] of Object.entries(run.events ?? {})) all.set(name, (all.get(name) ?? 0) + times);
  }
  return Object.fromEntries(all);
}

/**
 * The Slack message that sums up a day.
 *
 * @param day `YYYY-MM-DD`, UTC
 * @param runs the day's runs that are still in the history
 * @param isWhole `false` where some of the day's runs are no longer in the history
 */
export function dailyMessage(
  day: string,
  runs: readonly ReportedRun[],
  isWhole = true,
): IncomingWebhookSendArguments {
  const total = (counted: (run: ReportedRun) => number) => runs.reduce((sum, run) => sum + counted(run), 0);
  const headline = `Auth0 Logs to Segment on ${day}`;
  if (runs.length === 0) {
    const summary = isWhole
      ? 'No run of this day is on record. Check that the extension is installed and its schedule is active.'
      : 'The history has no room left for the runs of this day, so they cannot be counted.';
    return {
      text: `${headline}: ${summary}`,
      blocks: [section(`:red_circle: *${headline}* (UTC)\n${summary}`)],
    };
  }
  const failed = runs.filter((run) => run.error);
  const countRuns = (of: readonly ReportedRun[]) => of.reduce((sum, run) => sum + (run.runs ?? 1), 0);
  const rejected = total((run) => run.rejected.length);
  const last = failed.at(-1);
  const processed = count(
    total((run) => run.logsProcessed),
    'log',
    'logs',
  );
  const atLeast = isWhole
    ? ''
    : ' These are minimums: the history has no room for all runs of this day, and the oldest are missing.';
  const summary = `${processed} processed in ${count(countRuns(runs), 'run', 'runs')}, of which ${failed.length === 0 ? 'none' : number(countRuns(failed))} failed.${atLeast}`;
  const symbol = last ? ':red_circle:' : rejected > 0 ? ':large_yellow_circle:' : ':large_green_circle:';
  return {
    text: `${headline}: ${summary}`,
    blocks: [
      section(`${symbol} *${headline}* (UTC)\n${summary}`),
      ...(last?.error
        ? [
            section(
              `*Last failure*, ${moment(last.lastStart ?? last.start)}\n${escapeMrkdwn(last.error.message, LONGEST_TEXT)}`,
            ),
          ]
        : []),
      factsSection([
        ['Batches', number(total((run) => run.batches))],
        ['Rejected calls', number(rejected)],
        ['Without a user', number(total((run) => run.skipped))],
        ['Exported', events(allEvents(runs)) || 'nothing'],
      ]),
    ],
  };
}
