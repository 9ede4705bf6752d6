import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { privateAddress } from '../http/private-address';
import { cappedFetch } from '../http/read-capped';

/** What Slack is sent with. */
export interface SlackSender {
  webhook: string;
  fetch: typeof fetch;
  /** Milliseconds that it may take at most. */
  timeoutMs: number;
}

/**
 * Posts a message. Reports never hold a run up: one try, within what time is left.
 *
 * @returns a warning in words where Slack did not take it
 */
export async function sendToSlack(
  { webhook, fetch, timeoutMs }: SlackSender,
  message: IncomingWebhookSendArguments,
): Promise<string | undefined> {
  const remedy = 'The export itself is not affected; check SLACK_INCOMING_WEBHOOK.';
  try {
    // Loaded when there is something to report; most runs report nothing.
    const { IncomingWebhook } = await import('@slack/webhook');
    const hook = new IncomingWebhook(webhook, {
      timeout: Math.max(1, Math.floor(timeoutMs)),
      fetch: (url, init) => cappedFetch(fetch)(String(url), init),
    });
    const { text } = await hook.send(message);
    if (text.trim() === 'ok') return undefined;
    return `The report may not have reached Slack: something else answers there. ${remedy}`;
  } catch (error) {
    const refusal = privateAddress(error);
    if (refusal)
      return `The report could not be sent to Slack: ${refusal} The export itself is not affected.`;
    const status =
      error instanceof Error && 'statusCode' in error ? ` (it answered ${String(error.statusCode)})` : '';
    return `The report could not be sent to Slack${status}. ${remedy}`;
  }
}
