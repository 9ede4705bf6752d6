import { formatDuration } from './duration';

/** What a try came to: it is done, or failed with something that may pass. What will not pass, a try throws. */
export type Try<T, F> =
  | { done: T }
  | {
      failed: F;
      /** Milliseconds that the peer asks to be left alone, where it does. */
      askedMs?: number | undefined;
    };

/** When it is tried again. */
interface RetryPace<F> {
  /** Milliseconds to wait after so many failed tries, 1 or more; a peer that asks for more gets it. */
  backoff: (tries: number) => number;
  /** Whether there is time for waiting so many milliseconds and for another try. */
  hasTimeFor: (ms: number) => boolean;
  sleep: (ms: number) => Promise<void>;
  /** Tries at most; as many as there is time for where it is not given. */
  mostTries?: number;
  /** Returns false for a failure that is not worth another try. */
  shouldRetry?: (failed: F) => boolean;
  /** Told of each wait before it begins: how many tries have failed, what the last failed with, and milliseconds. */
  onWait?: (failedTries: number, failed: F, waitMs: number) => void;
}

/**
 * The line that a run logs before it tries again.
 *
 * @param cause what went wrong, as a sentence without its full stop
 * @param failedTries tries that have failed, 1 or more
 */
export function describeRetry(cause: string, failedTries: number, waitMs: number): string {
  return `${cause}; trying again in ${formatDuration(waitMs)} (try ${failedTries + 1}).`;
}

/**
 * Tries something until it is done, or until nothing allows another try.
 *
 * @returns what was done, or what the last of how many tries failed with
 * @throws what a try, or the wait for the next, throws
 */
export async function retry<T, F>(
  attempt: () => Promise<Try<T, F>>,
  { backoff, hasTimeFor, sleep, mostTries = Number.POSITIVE_INFINITY, shouldRetry, onWait }: RetryPace<F>,
): Promise<{ done: T } | { failed: F; tries: number }> {
  for (let tries = 1; ; tries += 1) {
    const result = await attempt();
    if ('done' in result) return result;
    const { failed, askedMs = 0 } = result;
    const wait = Math.max(askedMs, backoff(tries));
    if (tries >= mostTries || shouldRetry?.(failed) === false || !hasTimeFor(wait)) return { failed, tries };
    onWait?.(tries, failed, wait);
    await sleep(wait);
  }
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/**
 * How long to wait before the next try: doubling from a quarter of a second to five seconds, of which a
 * random half is taken off so that many callers do not come back at once.
 *
 * @param tries how many tries have failed so far, 1 or more
 * @param random 0 to 1
 * @returns milliseconds
 */
export function backoff(tries: number, random: () => number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  return wait * (1 - random() / 2);
}

/**
 * Milliseconds that an answer's `Retry-After` asks to wait, in either of its forms (seconds or HTTP date). A date
 * is meant by the peer's clock, so it is measured against the answer's own `Date`, which is cut off to the second:
 * the wait is never too short, and up to a second too long.
 *
 * @param now milliseconds since 1970 by this machine's clock, for an answer that has no `Date`
 * @returns `undefined` where the header is missing or means nothing
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const date = Date.parse(value);
  if (Number.isNaN(date)) return undefined;
  const answeredAt = Date.parse(headers.get('date') ?? '');
  return Math.max(0, date - (Number.isNaN(answeredAt) ? now : answeredAt));
}
