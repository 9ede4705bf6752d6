import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { escapeMrkdwn } from './escape-mrkdwn';
import type { ReportedRun } from './run-message';

const number = (value: number) => value.toLocaleString('en-US');

/**
 * The Slack message that sums up a day.
 *
 * @param day `YYYY-MM-DD`, UTC
 * @param runs the day's runs that are still in the history
 */
export function dailyMessage(day: string, runs: readonly ReportedRun[]): IncomingWebhookSendArguments {
  const total = (count: (run: ReportedRun) => number) => runs.reduce((sum, run) => sum + count(run), 0);
  const failed = runs.filter((run) => run.error);
  const last = failed.at(-1);
  const summary = `${number(total((run) => run.logsProcessed))} logs processed in ${number(runs.length)} runs, ${failed.length === 0 ? 'none failed' : `${number(failed.length)} failed`}`;
  return {
    text: `Auth0 Logs to Segment on ${day}: ${summary}.`,
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: `${failed.length === 0 ? ':large_green_circle:' : ':red_circle:'} *Auth0 Logs to Segment on ${day}*\n${summary}.`,
        },
      },
      {
        type: 'section',
        fields: [
          { type: 'mrkdwn', text: `*Logs processed*\n${number(total((run) => run.logsProcessed))}` },
          { type: 'mrkdwn', text: `*Batches*\n${number(total((run) => run.batches))}` },
          { type: 'mrkdwn', text: `*Rejected calls*\n${number(total((run) => run.rejected.length))}` },
          { type: 'mrkdwn', text: `*Without a user*\n${number(total((run) => run.skipped))}` },
        ],
      },
      ...(last?.error
        ? [
            {
              type: 'section' as const,
              text: {
                type: 'mrkdwn' as const,
                text: `The last failure: ${escapeMrkdwn(last.error.message)}`.slice(0, 2_800),
              },
            },
          ]
        : []),
    ],
  };
}
