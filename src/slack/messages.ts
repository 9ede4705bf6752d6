import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { count, eventsSent, leftOut, number, type OutcomeWord, outcomeWord } from '../run-words';
import { codeBlock, codeSpan, duration, escapeMrkdwn, events, factsSection, moment, section } from './mrkdwn';

/** What of a run is reported. */
export interface ReportedRun {
  start: string;
  end: string;
  checkpoint: string | null;
  logsRead: number;
  logsProcessed: number;
  batches: number;
  skipped: number;
  rejected: { logId: string; call: string; reason: string }[];
  /** Tracks delivered, by the name of the event. */
  events?: Record<string, number> | undefined;
  warning?: string | undefined;
  moreToCome?: true | undefined;
  error?: { message: string; checkpoint: string | null; code?: string | undefined } | undefined;
}

/** What the runs of a day did together. */
export interface DaySums {
  runs: number;
  failed: number;
  logsProcessed: number;
  batches: number;
  skipped: number;
  rejected: number;
  /** Tracks delivered, by the name of the event. */
  events: Record<string, number>;
  /** Runs whose records do not say which events were sent, as those of Auth0's own extension, and the logs of these. */
  uncountedRuns: number;
  uncountedLogs: number;
  /** The newest failure among them, with the ISO 8601 start of its run. */
  lastFailure: { start: string; message: string } | undefined;
  /** `false` where the history no longer holds all runs of the day. */
  isWhole: boolean;
}

/** The rejected calls beyond this many are counted only. */
const MOST_REJECTED = 8;
/** Together with what stands around them, these stay within the 3,000 characters that Slack takes in a text. */
const LONGEST_TEXT = 2_500;
const LONGEST_ID = 100;
const LONGEST_REASON = 200;

const NAME = 'Auth0 Logs to Segment';

const SYMBOLS: Readonly<Record<OutcomeWord, string>> = {
  Failed: ':red_circle:',
  Cancelled: ':large_yellow_circle:',
  Incomplete: ':large_yellow_circle:',
  Warning: ':large_yellow_circle:',
  Succeeded: ':large_green_circle:',
};

function headlineOf(run: ReportedRun): { symbol: string; headline: string } {
  const word = outcomeWord(run);
  const calls = count(run.rejected.length, 'call');
  const rejected = word === 'Incomplete' ? `, ${calls} rejected` : '';
  return { symbol: SYMBOLS[word], headline: `${NAME}: ${word}${rejected}` };
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
  const gist = error?.message ?? warning ?? `${count(eventsSent(run), 'event')} sent.`;

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
              `${error ? 'Checkpoint ID, as *START_FROM* takes it for a replay:' : 'Checkpoint ID:'}\n${codeBlock(checkpoint, LONGEST_TEXT)}`,
            ),
          ]
        : []),
      ...(rejected.length > 0 ? [section(rejectedList(rejected))] : []),
      factsSection([
        ['Logs read', number(run.logsRead)],
        ['Events sent', [number(eventsSent(run)), events(run.events ?? {})].filter(Boolean).join('\n')],
        ...(leftOut(run).length > 0 ? ([['Left out', leftOut(run).join('\n')]] as const) : []),
        ...(rejected.length > 0 ? ([['Rejected', number(rejected.length)]] as const) : []),
        ['Batches', number(run.batches)],
        ['Started', moment(run.start)],
        ['Took', duration(run.start, run.end)],
      ]),
    ],
  };
}

/**
 * The Slack message that sums up a day.
 *
 * @param day `YYYY-MM-DD`, UTC
 * @param sums what the day's runs did together
 */
export function dailyMessage(day: string, sums: DaySums): IncomingWebhookSendArguments {
  const headline = `Auth0 Logs to Segment on ${day}`;
  if (sums.runs === 0) {
    const summary = sums.isWhole
      ? 'No run of this day is on record. Check that the extension is installed and its schedule is active.'
      : 'The history has no room left for the runs of this day, so they cannot be counted.';
    return {
      text: `${headline}: ${summary}`,
      blocks: [section(`:red_circle: *${headline}* (UTC)\n${summary}`)],
    };
  }
  const { failed, rejected, lastFailure, uncountedRuns, uncountedLogs } = sums;
  const isCounted = eventsSent(sums) > 0 || uncountedRuns === 0;
  const sent = isCounted
    ? `${count(eventsSent(sums), 'event')} sent`
    : `${count(uncountedLogs, 'log')} processed`;
  const uncounted = !isCounted
    ? ' How many events were sent is not in the records of these runs.'
    : uncountedRuns > 0
      ? ` How many were sent besides is not in the records of ${number(uncountedRuns)} of them, with ${count(uncountedLogs, 'log')} processed.`
      : '';
  const atLeast = sums.isWhole
    ? ''
    : ' These are minimums: the history has no room for all runs of this day, and the oldest are missing.';
  const summary = `${sent} in ${count(sums.runs, 'run')}, of which ${failed === 0 ? 'none' : number(failed)} failed.${uncounted}${atLeast}`;
  const symbol = lastFailure
    ? ':red_circle:'
    : rejected > 0
      ? ':large_yellow_circle:'
      : ':large_green_circle:';
  return {
    text: `${headline}: ${summary}`,
    blocks: [
      section(`${symbol} *${headline}* (UTC)\n${summary}`),
      ...(lastFailure
        ? [
            section(
              `*Last failure*, ${moment(lastFailure.start)}\n${escapeMrkdwn(lastFailure.message, LONGEST_TEXT)}`,
            ),
          ]
        : []),
      factsSection([
        [
          'Events sent',
          [
            isCounted ? events(sums.events) || 'none' : 'not on record',
            ...(isCounted && uncountedRuns > 0 ? [`not on record of ${count(uncountedRuns, 'run')}`] : []),
          ].join('\n'),
        ],
        ['Batches', number(sums.batches)],
        ...(sums.skipped > 0 ? ([['Left out', `${number(sums.skipped)} without a user`]] as const) : []),
        ...(rejected > 0 ? ([['Rejected', number(rejected)]] as const) : []),
      ]),
    ],
  };
}
