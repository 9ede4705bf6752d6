import { parseSettings } from '../../src/settings/parse-settings';
import { escapeMrkdwn } from '../../src/slack/escape-mrkdwn';
import { sendToSlack } from '../../src/slack/send-to-slack';

const LONGEST_SEND_MS = 5_000;

/**
 * Tells Slack that the host cannot work at all: no run is left that would say so in its own report.
 *
 * @param message cause and remedy, without a secret
 * @param secrets the settings, as a run finds them
 * @returns a warning in words where Slack did not take it
 */
export async function reportOutage(
  message: string,
  secrets: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { webhook } = parseSettings((name) => secrets[name]).slack;
  if (!webhook) return undefined;
  return sendToSlack(
    { webhook, fetch: globalThis.fetch, timeoutMs: LONGEST_SEND_MS },
    { text: `:red_circle: *Auth0 Logs to Segment: nothing can be exported*\n${escapeMrkdwn(message)}` },
  );
}
