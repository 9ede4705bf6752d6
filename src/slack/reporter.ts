import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { describeError } from '../errors';
import { privateAddress } from '../http/address';
import { cappedFetch } from '../http/read-capped';
import { type DaySums, dailyMessage, type ReportedRun, runMessage } from './messages';

/** What Slack is sent with. */
interface SlackSender {
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
      error instanceof Error && 'statusCode' in error ? ` (it returned ${String(error.statusCode)})` : '';
    return `The report could not be sent to Slack${status}. ${remedy}`;
  }
}

/** Longer than this no report is waited for, however much time the run has left. */
const LONGEST_SEND_MS = 5_000;
/** What a report gets when the run's time is up. */
const SHORTEST_SEND_MS = 250;
/** What the report leaves of the run's time for its record. */
const LEFT_FOR_WRITE_MS = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

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
}

/** Makes the run's reporter. */
export function createReporter({ slack, fetch, deadline, redactor }: ReporterOptions): Reporter {
  const { webhook, sendSuccess, dailyReport } = slack;

  const send = async (message: IncomingWebhookSendArguments): Promise<string | undefined> => {
    if (!webhook) return undefined;
    const timeoutMs = Math.min(
      LONGEST_SEND_MS,
      Math.max(SHORTEST_SEND_MS, deadline.remaining() - LEFT_FOR_WRITE_MS),
    );
    return sendToSlack({ webhook, fetch, timeoutMs }, redactor.data(message));
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
  };
}
