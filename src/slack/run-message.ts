import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { escapeMrkdwn } from './escape-mrkdwn';

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
  warning?: string | undefined;
  error?: { message: string; checkpoint: string | null } | undefined;
}

/** Slack takes 3,000 characters in a text; the rejected calls beyond this many are counted only. */
const MOST_REJECTED = 10;
const LONGEST_TEXT = 2_800;

const section = (text: string) => ({
  type: 'section' as const,
  text: { type: 'mrkdwn' as const, text: text.slice(0, LONGEST_TEXT) },
});

const field = (name: string, value: string) => ({ type: 'mrkdwn' as const, text: `*${name}*\n${value}` });

/** Slack shows it in the reader's own time zone. */
function time(iso: string): string {
  const ms = Date.parse(iso);
  return Number.isNaN(ms)
    ? escapeMrkdwn(iso)
    : `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time_secs}|${iso}>`;
}

const number = (value: number) => value.toLocaleString('en-US');

/**
 * The Slack message about one run: what happened in one sentence, what to do, the checkpoint to copy, times
 * and counts. The plain text is what notifications show.
 */
export function runMessage(run: ReportedRun): IncomingWebhookSendArguments {
  const { error, warning, rejected } = run;
  const headline = error
    ? 'Auth0 Logs to Segment: the export failed'
    : rejected.length > 0
      ? `Auth0 Logs to Segment: Segment refused ${number(rejected.length)} ${rejected.length === 1 ? 'call' : 'calls'}`
      : warning
        ? 'Auth0 Logs to Segment: exported, with a warning'
        : 'Auth0 Logs to Segment: exported';
  const symbol = error
    ? ':red_circle:'
    : rejected.length > 0 || warning
      ? ':large_yellow_circle:'
      : ':large_green_circle:';
  const checkpoint = error ? error.checkpoint : run.checkpoint;
  const seconds = (Date.parse(run.end) - Date.parse(run.start)) / 1000;
  const shown = rejected.slice(0, MOST_REJECTED);
  const more = rejected.length - shown.length;

  return {
    text: `${headline}. ${error?.message ?? warning ?? `${number(run.logsProcessed)} logs.`}`.slice(
      0,
      LONGEST_TEXT,
    ),
    blocks: [
      section(`${symbol} *${headline}*${error ? `\n${escapeMrkdwn(error.message)}` : ''}`),
      ...(warning ? [section(`:warning: ${escapeMrkdwn(warning)}`)] : []),
      ...(checkpoint
        ? [
            section(
              error
                ? `To replay from the first log that was not delivered, put this checkpoint ID into *START_FROM*:\n\`\`\`${escapeMrkdwn(checkpoint)}\`\`\``
                : `Checkpoint ID:\n\`\`\`${escapeMrkdwn(checkpoint)}\`\`\``,
            ),
          ]
        : []),
      {
        type: 'section',
        fields: [
          field('Logs processed', `${number(run.logsProcessed)} of ${number(run.logsRead)} read`),
          field('Batches', number(run.batches)),
          field('Started', time(run.start)),
          field('Took', `${seconds.toFixed(1)} s`),
          ...(run.skipped > 0 ? [field('Skipped', `${number(run.skipped)} without a user`)] : []),
          ...(rejected.length > 0 ? [field('Rejected', number(rejected.length))] : []),
        ],
      },
      ...(shown.length > 0
        ? [
            section(
              [
                ...shown.map(
                  ({ logId, call, reason }) =>
                    `• \`${escapeMrkdwn(logId)}\` (${call}): ${escapeMrkdwn(reason)}`,
                ),
                ...(more > 0 ? [`… and ${number(more)} more, in the run's record.`] : []),
              ].join('\n'),
            ),
          ]
        : []),
    ],
  };
}
