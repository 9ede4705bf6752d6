import type { RunRecord } from '../../../src/storage/run-record';
import { count } from './count';

/**
 * What Slack got of a run.
 *
 * @param webhook where reports go, if anywhere
 * @param messages that Slack took
 */
export function slackInWords(
  webhook: string | undefined,
  messages: number,
  { warning }: Pick<RunRecord, 'warning'>,
): string {
  if (messages > 0) return count(messages, 'message');
  if (!webhook) return 'nothing: SLACK_INCOMING_WEBHOOK is empty';
  if (warning && /\bSlack\b/.test(warning)) return 'nothing: see the warning';
  return 'nothing: the run succeeded, and SLACK_SEND_SUCCESS is No';
}
