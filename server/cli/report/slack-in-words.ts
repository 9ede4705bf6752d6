import type { RunRecord } from '../../../src/storage/run-record';

/** What Slack got of a run, as far as its settings and its record tell. */
export function slackInWords(
  { error, rejected, warning }: RunRecord,
  { webhook, sendSuccess }: { webhook: string | undefined; sendSuccess: boolean },
): string {
  if (!webhook) return 'nothing: SLACK_INCOMING_WEBHOOK is empty';
  if (warning && /\bSlack\b/.test(warning)) return 'nothing: see the warning';
  if (error || rejected.length > 0) return 'a report of what went wrong';
  return sendSuccess ? 'a report' : 'nothing: the run succeeded, and SLACK_SEND_SUCCESS is No';
}
