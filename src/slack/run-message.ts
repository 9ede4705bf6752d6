import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { factsSection, section } from './blocks';
import { escapeMrkdwn } from './escape-mrkdwn';
import { codeBlock, codeSpan } from './mrkdwn-code';
import { count } from './words/count';
import { duration } from './words/duration';
import { events } from './words/events';
import { moment } from './words/moment';
import { number } from './words/number';

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
