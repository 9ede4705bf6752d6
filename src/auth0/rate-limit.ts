import pLimit, { type LimitFunction } from 'p-limit';
import { ExportError } from '../errors';
import type { Clock, Deadline, PeerClock } from '../time';

/** What a tenant said of one of its rate limits, and what was sent since. */
interface Bucket {
  /** Requests that may still be sent at once. */
  available: number;
  /** On the monotonic clock, from when on the next request may go although nothing is available. */
  nextAt: number;
  inFlight: number;
  /** Who waits, in order: those who read pages must not take everything from those who look users up. */
  line: LimitFunction;
}

/** To be called once with the head of the answer to a request, or without one when none came. */
type Observe = (answer?: { status: number; headers: Headers }) => void;

/** Paces requests by the rate limit headers of the answers before them. */
export interface RateLimit {
  /**
   * Waits until a request to the resource will not be refused, as far as is known.
   *
   * @returns what learns from the answer
   * @throws {ExportError} `auth0_rate_limited` when that is later than the run has time for
   */
  take(resource: string): Promise<Observe>;
}

/** A bucket that refills steadily has refused once because somebody else took from it; twice is a window. */
const REFUSALS_OF_A_WINDOW = 2;
/** With a request under way its answer says more than the clock does. */
const LOOK_AGAIN_MS = 10;

/**
 * A tenant's limits are token buckets: `x-ratelimit-limit` requests at once, refilled at a steady rate, full
 * again at `x-ratelimit-reset`. While the bucket holds something, nothing waits; once it is empty, requests
 * go one by one at the rate at which it refills. The headers are rounded so that the rate comes out too
 * low, never too high; what is lost by that shows as `remaining` in a later answer and is used then. A tenant
 * whose limits turn out to be filled up only at their reset is waited for until then. The reset is meant by
 * Auth0's clock and measured by it, as its answers' `Date` tells: this machine's may be minutes off.
 *
 * Which endpoints share a bucket differs by subscription and is not said; those that name the same limit
 * are taken to share one, and one not yet asked is taken to share the only one known.
 */
export function createRateLimit({
  clock,
  auth0Clock,
  deadline,
}: {
  clock: Clock;
  /** Learns from every answer. */
  auth0Clock: PeerClock;
  deadline: Deadline;
}): RateLimit {
  const buckets = new Map<number, Bucket>();
  const limitOf = new Map<string, number>();
  /** Answers that a limit was exceeded: all limits of a tenant are of one kind. */
  let refusals = 0;

  const bucketOf = (resource: string): Bucket | undefined => {
    const limit = limitOf.get(resource);
    if (limit !== undefined) return buckets.get(limit);
    return buckets.size === 1 ? buckets.values().next().value : undefined;
  };

  const learn = (
    resource: string,
    { status, headers }: { status: number; headers: Headers },
    sentAt: number,
  ) => {
    auth0Clock.learn(headers, sentAt);
    const numberOf = (name: string) => Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN);
    const limit = numberOf('limit');
    const remaining = numberOf('remaining');
    const reset = numberOf('reset') * 1000;
    if (!(limit > 0) || Number.isNaN(remaining) || Number.isNaN(reset)) return;
    limitOf.set(resource, limit);
    const bucket = buckets.get(limit) ?? {
      available: 0,
      nextAt: 0,
      inFlight: 0,
      line: pLimit(1),
    };
    buckets.set(limit, bucket);
    const untilFull = Math.max(0, reset - auth0Clock.now());
    if (status === 429) {
      refusals += 1;
      bucket.available = 0;
      bucket.nextAt = clock.monotonic() + untilFull;
      return;
    }
    const isWindow = refusals >= REFUSALS_OF_A_WINDOW;
    bucket.available = Math.max(0, remaining - bucket.inFlight);
    bucket.nextAt = clock.monotonic() + (isWindow ? untilFull : untilFull / limit);
  };

  /** Counts a request as under way in the bucket that it was taken from, whatever its answer says of that. */
  const begin = (resource: string, bucket: Bucket | undefined): Observe => {
    const sentAt = clock.monotonic();
    if (bucket) bucket.inFlight += 1;
    return (answer) => {
      if (bucket) bucket.inFlight -= 1;
      if (answer) learn(resource, answer, sentAt);
    };
  };

  /** Waits for a bucket that a request is taken to draw from; nothing where it turns out to draw from another. */
  const wait = async (resource: string, bucket: Bucket): Promise<Observe | undefined> => {
    while (bucketOf(resource) === bucket) {
      const now = clock.monotonic();
      if (bucket.available > 0) {
        bucket.available -= 1;
        return begin(resource, bucket);
      }
      if (now >= bucket.nextAt && bucket.inFlight === 0) return begin(resource, bucket);
      const ms = Math.max(bucket.nextAt - now, bucket.inFlight > 0 ? LOOK_AGAIN_MS : 0);
      if (!deadline.allowsRequestIn(ms)) {
        throw new ExportError(
          'auth0_rate_limited',
          `The tenant's rate limit allows the next request in ${Math.ceil(ms / 1000)} s, later than this run has time for.`,
        );
      }
      await deadline.sleep(ms);
    }
    return undefined;
  };

  return {
    take: async (resource) => {
      for (;;) {
        const bucket = bucketOf(resource);
        if (!bucket) return begin(resource, undefined);
        const observe = await bucket.line(() => wait(resource, bucket));
        if (observe) return observe;
      }
    },
  };
}
