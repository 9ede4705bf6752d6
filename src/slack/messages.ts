import type { IncomingWebhookSendArguments } from '@slack/webhook';
import {
  codeBlock,
  codeSpan,
  count,
  duration,
  escapeMrkdwn,
  events,
  factsSection,
  moment,
  number,
  section,
} from './mrkdwn';

/** What of a run is reported. */
export interface ReportedRun {
  start: string;
  end: string;
  /** How many runs it stands for, where that is more than one. */
  runs?: number | undefined;
  /** Start of the last of them. */
  lastStart?: string | undefined;
  checkpoint: string | null;
  logsRead: number;
  logsProcessed: number;
  batches: number;
  skipped: number;
  rejected: { logId: string; call: string; reason: string }[];
  /** Tracks delivered, by the name of the event. */
  events?: Record<string, number> | undefined;
  warning?: string | undefined;
  error?: { message: string; checkpoint: string | null } | undefined;
}

/** The rejected calls beyond this many are counted only. */
const MOST_REJECTED = 8;
/** Together with what stands around them, these stay within the 3,000 characters that Slack takes in a text. */
const LONGEST_TEXT = 2_500;
const LONGEST_ID = 100;
const LONGEST_REASON = 200;

const NAME = 'Auth0 Logs to Segment';

function headlineOf({ error, rejected, warning }: ReportedRun): { symbol: string; headline: string } {
  if (error) return { symbol: ':red_circle:', headline: `${NAME}: the export failed` };
  if (rejected.length > 0) {
    const calls = count(rejected.length, 'call was', 'calls were');
    return { symbol: ':large_yellow_circle:', headline: `${NAME}: ${calls} rejected` };
  }
  if (warning) return { symbol: ':large_yellow_circle:', headline: `${NAME}: exported, with a warning` };
  return { symbol: ':large_green_circle:', headline: `${NAME}: exported` };
}

function rejectedList(rejected: ReportedRun['rejected']): string {
  const shown = rejected
    .slice(0, MOST_REJECTED)
    .map(
      ({ logId, call, reason }) =>
        `• ${codeSpan(logId, LONGEST_ID)} (${escapeMrkdwn(call, 20)}): ${escapeMrkdwn(reason, LONGEST_REASON)}`,
    );
  const more = rejected.length - shown.length;
  return [
    '*Rejected*, by the id of the log',
    ...shown,
    ...(more > 0 ? [`… and ${number(more)} more, in the run's record.`] : []),
  ].join('\n');
}

/**
 * The Slack message about one run: what happened in one sentence, what to do, the checkpoint to copy, times
 * and counts. The plain text is what notifications show.
 */
export function runMessage(run: ReportedRun): IncomingWebhookSendArguments {
  const { error, warning, rejected } = run;
  const { symbol, headline } = headlineOf(run);
  const checkpoint = error ? error.checkpoint : run.checkpoint;
  const gist = error?.message ?? warning ?? `${count(run.logsProcessed, 'log', 'logs')} processed.`;

  return {
    text: `${headline}. ${escapeMrkdwn(gist, LONGEST_TEXT)}`,
    blocks: [
      section(
        error
          ? `${symbol} *${headline}*\n${escapeMrkdwn(error.message, LONGEST_TEXT)}`
          : `${symbol} *${headline}*`,
      ),
      ...(warning ? [section(`:warning: ${escapeMrkdwn(warning, LONGEST_TEXT)}`)] : []),
      ...(checkpoint
        ? [
            section(
              `${error ? 'To replay from here, put this checkpoint ID into *START_FROM*:' : 'Checkpoint ID:'}\n${codeBlock(checkpoint, LONGEST_TEXT)}`,
            ),
          ]
        : []),
      ...(rejected.length > 0 ? [section(rejectedList(rejected))] : []),
      factsSection([
        ['Logs processed', `${number(run.logsProcessed)} of ${number(run.logsRead)} read`],
        ['Batches', number(run.batches)],
        ['Started', moment(run.start)],
        ['Took', duration(run.start, run.end)],
        ...(Object.keys(run.events ?? {}).length > 0
          ? ([['Exported', events(run.events ?? {})]] as const)
          : []),
        ...(run.skipped > 0 ? ([['Skipped', `${number(run.skipped)} without a user`]] as const) : []),
      ]),
    ],
  };
}

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
