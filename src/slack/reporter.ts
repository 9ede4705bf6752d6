import { createHash } from 'node:crypto';
import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { describeError, remedyOf } from '../errors';
import { describeForeignAnswer, isBlocking, isPage } from '../http/foreign-answer';
import { describeNetworkError, isUnknownHost, permanentFailure } from '../http/network-error';
import { cappedFetch } from '../http/read-capped';
import type { BufferedResponse } from '../http/request';
import { type DaySums, dailyMessage, type ReportedRun, runMessage } from './messages';

const MAKE_NEW =
  'Make a new webhook in Slack (your app > Incoming Webhooks) and put its address into SLACK_INCOMING_WEBHOOK.';
const CHECK_ADDRESS = 'Check SLACK_INCOMING_WEBHOOK: it must be copied whole, as Slack shows it.';
const CHECK_DNS = 'Check SLACK_INCOMING_WEBHOOK, and that this machine can look up names (DNS).';
const NOTHING_TO_DO = 'It is usually temporary: later reports are sent as before.';

/** What Slack's own words for a refusal mean and what helps (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
const REFUSALS: Readonly<Record<string, readonly [cause: string, remedy: string]>> = {
  no_service: ['Slack says no_service: the webhook is disabled, removed or not valid.', MAKE_NEW],
  no_service_id: ['Slack says no_service_id: the address of the webhook is incomplete.', CHECK_ADDRESS],
  team_disabled: [
    'Slack says team_disabled: the workspace of the webhook is no longer active.',
    'Make a webhook in another workspace and put its address into SLACK_INCOMING_WEBHOOK.',
  ],
  posting_to_general_channel_denied: [
    'Slack says posting_to_general_channel_denied: only administrators may post to that channel.',
    'Make a webhook for another channel and put its address into SLACK_INCOMING_WEBHOOK.',
  ],
  no_team: ['Slack says no_team: the address names no workspace that there is.', CHECK_ADDRESS],
  invalid_token: ['Slack says invalid_token: the last part of the address is not valid.', CHECK_ADDRESS],
  no_active_hooks: ['Slack says no_active_hooks: the webhook is switched off.', MAKE_NEW],
  channel_not_found: ['Slack says channel_not_found: the channel of the webhook was deleted.', MAKE_NEW],
  channel_is_archived: [
    'Slack says channel_is_archived: the channel of the webhook is archived.',
    'Restore the channel in Slack, or make a webhook for another one.',
  ],
  action_prohibited: [
    'Slack says action_prohibited: an administrator of the workspace has forbidden it.',
    'Ask an administrator of the Slack workspace to permit incoming webhooks.',
  ],
};

/** Longer than any of the words that Slack answers with. */
const LONGEST_WORD = 40;

/** Why Slack refused a message, and what to do about it. */
function describeRefusal(answer: BufferedResponse, host: string): readonly [cause: string, remedy: string] {
  const { status } = answer;
  const word = answer.text.trim();
  const known = Object.hasOwn(REFUSALS, word) ? REFUSALS[word] : undefined;
  if (known) return known;
  if (isBlocking(answer) && isPage(answer)) {
    return [
      `${host} returned ${status}. ${describeForeignAnswer(answer, 'Slack')}`,
      `Allow requests from this machine to ${host} in the proxy or firewall that answered.`,
    ];
  }
  // Only what looks like a word of Slack's is repeated.
  const said = word.length <= LONGEST_WORD && /^[a-z_]+$/.test(word) ? ` (${word})` : '';
  if (status === 404)
    return [`Slack returned 404${said}: there is no webhook at this address.`, CHECK_ADDRESS];
  if (status === 410) return [`Slack returned 410${said}: the webhook was removed.`, MAKE_NEW];
  if (status === 403) return [`Slack returned 403${said}: the webhook may not post.`, MAKE_NEW];
  if (status === 429) return ['Slack returned 429: it gets too many messages.', NOTHING_TO_DO];
  if (status >= 500) return [`Slack returned ${status}: it is unavailable.`, NOTHING_TO_DO];
  return [`Slack returned ${status}${said}.`, CHECK_ADDRESS];
}

/** Why a message could not be sent, and what to do about it. */
function describeFailure(error: unknown, webhook: string): readonly [cause: string, remedy: string] {
  const { host, hostname } = new URL(webhook);
  const permanent = permanentFailure(error, host);
  if (permanent) return [permanent.reason, remedyOf(permanent.code)];
  if (isUnknownHost(error)) return [`The host name ${hostname} does not exist.`, CHECK_DNS];
  const words = describeNetworkError(error);
  return [`${words.charAt(0).toUpperCase()}${words.slice(1)}.`, NOTHING_TO_DO];
}

/** What Slack is sent with. */
interface SlackSender {
  webhook: string;
  fetch: typeof fetch;
  /** Milliseconds that it may take at most. */
  timeoutMs: number;
}

/** Why Slack did not take a message, and what to do about it, in a sentence each. */
interface Undelivered {
  cause: string;
  remedy: string;
}

/**
 * Posts a message: one try, within what time is left.
 *
 * @returns `undefined` where Slack took it
 */
export async function postToSlack(
  { webhook, fetch, timeoutMs }: SlackSender,
  message: IncomingWebhookSendArguments,
): Promise<Undelivered | undefined> {
  let refusal: BufferedResponse | undefined;
  let unanswered: unknown;
  try {
    // Loaded when there is something to report; most runs report nothing.
    const { IncomingWebhook } = await import('@slack/webhook');
    const hook = new IncomingWebhook(webhook, {
      timeout: Math.max(1, Math.floor(timeoutMs)),
      fetch: async (url, init) => {
        const answer = await cappedFetch(fetch)(String(url), init).catch((error: unknown) => {
          unanswered = error;
          throw error;
        });
        const { status, headers } = answer;
        if (!answer.ok) refusal = { status, headers, text: await answer.clone().text() };
        return answer;
      },
    });
    const { text } = await hook.send(message);
    return text.trim() === 'ok'
      ? undefined
      : { cause: 'Something else answers there.', remedy: CHECK_ADDRESS };
  } catch (error) {
    const [cause, remedy] = refusal
      ? describeRefusal(refusal, new URL(webhook).host)
      : describeFailure(unanswered ?? error, webhook);
    return { cause, remedy };
  }
}

/**
 * Posts a report. Reports never hold a run up.
 *
 * @returns a warning in words where Slack did not take it
 */
export async function sendToSlack(
  sender: SlackSender,
  message: IncomingWebhookSendArguments,
): Promise<string | undefined> {
  const undelivered = await postToSlack(sender, message);
  if (!undelivered) return undefined;
  const { cause, remedy } = undelivered;
  return `The report could not be sent to Slack; what went to Segment is not affected. ${cause} ${remedy}`;
}

/** Longer than this no report is waited for, however much time the run has left. */
const LONGEST_SEND_MS = 5_000;
/** What a report gets when the run's time is up. */
const SHORTEST_SEND_MS = 250;
/** What the report leaves of the run's time for its record. */
const LEFT_FOR_WRITE_MS = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What a webhook is told from another by, without saying where it is. */
export const webhookDigest = (webhook: string): string =>
  createHash('sha256').update(webhook).digest('base64url');

/** A report that Slack did not take. */
interface SlackFailure {
  /** ISO 8601. */
  at: string;
  message: string;
  /** Digest of the webhook's address. */
  webhook: string;
}

/** `YYYY-MM-DD`. */
const utcDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** What the reports are made with. */
interface ReporterOptions {
  slack: { webhook: string | undefined; sendSuccess: boolean; dailyReport: boolean };
  fetch: typeof fetch;
  deadline: { remaining(): number };
  redactor: { data<T>(data: T): T };
}

/** Reports to Slack, as far as the settings want it. */
interface Reporter {
  /**
   * Reports a run: a failed one always, one that needs attention too, any other where successes are wanted.
   *
   * @returns a warning in words where Slack did not take it
   */
  run(run: ReportedRun, needsAttention: boolean): Promise<string | undefined>;
  /**
   * Reports yesterday, in UTC, once.
   *
   * @param sumUp adds up the runs of a span of time, this one too; its bounds are milliseconds since 1970
   * @returns the day up to which reports are sent now, where that changes; a warning where Slack did not
   *   take it, and then it is sent by a later run
   */
  daily(
    state: { lastReportDate: string | null },
    sumUp: (span: { from: number; until: number }) => Promise<DaySums>,
    now: number,
  ): Promise<{ reported?: string; warning?: string }>;
  /**
   * What is to be known of Slack after the reports of this run.
   *
   * @param before what was known before, if that was a failure
   * @param now milliseconds since 1970
   * @returns `undefined` where it stays as it was
   */
  failureAfter(before: SlackFailure | null | undefined, now: number): SlackFailure | null | undefined;
}

/** Makes the run's reporter. */
export function createReporter({ slack, fetch, deadline, redactor }: ReporterOptions): Reporter {
  const { webhook, sendSuccess, dailyReport } = slack;

  /** What came of the newest report of this run: a warning, or empty where Slack took it. */
  let newest: string | undefined;
  const send = async (message: IncomingWebhookSendArguments): Promise<string | undefined> => {
    if (!webhook) return undefined;
    const timeoutMs = Math.min(
      LONGEST_SEND_MS,
      Math.max(SHORTEST_SEND_MS, deadline.remaining() - LEFT_FOR_WRITE_MS),
    );
    const warning = await sendToSlack({ webhook, fetch, timeoutMs }, redactor.data(message));
    newest = warning ?? '';
    return warning;
  };

  return {
    run: async (run, needsAttention) =>
      run.error || run.rejected.length > 0 || needsAttention || sendSuccess
        ? send(runMessage(run))
        : undefined,
    daily: async ({ lastReportDate }, sumUp, now) => {
      if (!dailyReport || !webhook) return {};
      const yesterday = utcDay(now - DAY_MS);
      // The first day is one that the report was not yet asked for. A day that is still to come was noted by a
      // clock that was wrong, and would silence the report until then.
      if (lastReportDate === null || lastReportDate > utcDay(now)) return { reported: yesterday };
      if (lastReportDate >= yesterday) return {};
      const from = Date.parse(yesterday);
      let sums: DaySums;
      try {
        sums = await sumUp({ from, until: from + DAY_MS });
      } catch (error) {
        return { warning: `The daily report was not made: ${describeError(error)} A later run makes it.` };
      }
      const warning = await send(dailyMessage(yesterday, sums));
      return warning ? { warning } : { reported: yesterday };
    },
    failureAfter: (before, now) => {
      if (webhook && newest)
        return redactor.data({
          at: new Date(now).toISOString(),
          message: newest,
          webhook: webhookDigest(webhook),
        });
      // Nothing failed that is wanted any more.
      return before && (newest === '' || !webhook) ? null : undefined;
    },
  };
}
