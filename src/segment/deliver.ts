import { ExportError } from '../errors';
import { type BufferedResponse, exchange, isTransient, outOfTime } from '../http/request';
import { backoff, describeRetry, retry, retryAfter, type Try } from '../retry';
import { type Clock, createPeerClock, type Deadline } from '../time';
import { packCalls, type SegmentCall, sourceOf } from './calls';
import { describeSegmentFailure, segmentAnswerError } from './errors';
import { type BatchRefusals, createRefusals, isRefusal } from './refusals';

/** What calls are delivered with. */
export interface SegmentSinkOptions {
  writeKey: string;
  /** Base URL of Segment's HTTP API. */
  endpoint: string;
  fetch: typeof fetch;
  /** Its time of day is the best that is known until Segment answers. */
  clock: Clock;
  deadline: Deadline;
  random: () => number;
  /** Called for each request that is sent. */
  onRequest: () => void;
  /** Told in a sentence of each request that is to be tried again. */
  onRetry?: ((sentence: string) => void) | undefined;
  /** Whether nothing was ever exported: a host name that does not exist is a mistake then, and not tried again. */
  isFirstRun?: boolean;
}

/** What became of a batch's calls. */
export interface Delivery {
  /** Calls that Segment refused for good, alone. */
  rejected: { call: SegmentCall; reason: string }[];
  /** Why the rest was not delivered; set only then. */
  failure?: {
    error: ExportError;
    /** The log of the first track that was not delivered, rejected ones included. */
    logId: string | undefined;
    /** Calls that Segment is not known to have taken, in order, rejected ones included. */
    undelivered: readonly SegmentCall[];
  };
}

/** Whether Segment said that it took the request. Its 200 always says so; another's 200 need not. */
function isConfirmed({ status, text }: BufferedResponse): boolean {
  if (status !== 200) return false;
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'success' in body && body.success === true;
  } catch {
    return false;
  }
}

/**
 * Makes the delivery of one run. Calls are packed into requests within Segment's limits; what may pass is
 * tried again while the run has time; a request that is refused is halved until the guilty call stands
 * alone.
 *
 * @returns a function that delivers a batch's calls in order and says what became of each
 */
export function createSegmentSink(
  options: SegmentSinkOptions,
): (calls: readonly SegmentCall[]) => Promise<Delivery> {
  const { writeKey, endpoint, clock, deadline, random } = options;
  const { host } = new URL(endpoint);
  const segmentClock = createPeerClock(clock);
  const sendOnce = async (calls: readonly SegmentCall[]) => {
    // Segment's client takes a while to load, and most runs of a quiet tenant send nothing.
    const { sendCalls } = await import('./send');
    return sendCalls(
      {
        writeKey,
        endpoint,
        now: segmentClock.estimate,
        post: async (url, { headers, body }) => {
          options.onRequest();
          const sentAt = clock.monotonic();
          const answer = await exchange(deadline, options.fetch, url, { method: 'POST', headers, body });
          // Something between here and Segment may have answered in its place, by a clock of its own.
          if (isConfirmed(answer)) segmentClock.learn(answer.headers, sentAt);
          return answer;
        },
      },
      calls,
    );
  };

  /** Resolves with a confirmed answer or a refusal; throws an ExportError for everything else. */
  const send = async (calls: readonly SegmentCall[]): Promise<BufferedResponse> => {
    const attempt = async (): Promise<Try<BufferedResponse, BufferedResponse | Error>> => {
      const result = await sendOnce(calls);
      if (result instanceof ExportError) throw result;
      const isAnswer = !(result instanceof Error);
      if (isAnswer && (isConfirmed(result) || isRefusal(result))) return { done: result };
      if (!isTransient(result, options.isFirstRun)) throw segmentAnswerError(host, result);
      return {
        failed: result,
        ...(isAnswer && { askedMs: retryAfter(result.headers, segmentClock.estimate()) }),
      };
    };
    const result = await retry(attempt, {
      backoff: (tries) => backoff(tries, random),
      hasTimeFor: deadline.hasTimeFor,
      sleep: deadline.sleep,
      onWait: (failedTries, failed, waitMs) =>
        options.onRetry?.(describeRetry(describeSegmentFailure(host, failed), failedTries, waitMs)),
    });
    if ('done' in result) return result.done;
    throw outOfTime(result.failed, result.tries, 'Segment') ?? segmentAnswerError(host, result.failed);
  };

  const startRefusals = createRefusals(send, { source: sourceOf(writeKey), host });

  /** @param seen whether Segment has taken another call since it refused the request that these come from */
  const sendOrBisect = async (
    calls: readonly SegmentCall[],
    refusals: BatchRefusals,
    seen: { accepted: boolean },
  ): Promise<void> => {
    const answer = await send(calls);
    if (!isRefusal(answer)) {
      seen.accepted = true;
      refusals.taken(calls);
      return;
    }
    const [only] = calls;
    if (only && calls.length === 1) {
      await refusals.refused({ call: only, answer }, !seen.accepted);
      seen.accepted = true;
      return;
    }
    const half = Math.ceil(calls.length / 2);
    await sendOrBisect(calls.slice(0, half), refusals, seen);
    await sendOrBisect(calls.slice(half), refusals, seen);
  };

  return async (calls) => {
    const refusals = startRefusals();
    const rejectedOf = () =>
      refusals.rejected.map(({ call, answer: { status } }) => ({
        call,
        reason: `Segment refused the call with ${status}.`,
      }));
    const left = packCalls(calls);
    try {
      for (let request = left[0]; request; request = left[0]) {
        await sendOrBisect(request, refusals, { accepted: false });
        left.shift();
      }
      await refusals.settle();
      return { rejected: rejectedOf() };
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      // To replay from here must not pass a call that was rejected in a batch that is not recorded.
      const lone = [...refusals.rejected, ...refusals.open].map(({ call }) => call);
      const open = new Set([...lone, ...left.flat()]);
      const undelivered = calls.filter((call) => open.has(call));
      const logId = undelivered.find(({ type }) => type === 'track')?.logId;
      return { rejected: rejectedOf(), failure: { error, logId, undelivered } };
    }
  };
}
