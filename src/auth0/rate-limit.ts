import { ExportError } from '../errors/export-error';
import type { Clock } from '../time/clock';
import type { Deadline } from '../time/deadline';

/** What a tenant said of one of its rate limits, and what was sent since. */
interface Bucket {
  /** Requests that may still be sent at once. */
  available: number;
  /** Milliseconds since 1970 from when on the next request may go although nothing is available. */
  nextAt: number;
  inFlight: number;
}

/** Paces requests by the rate limit headers of the answers before them. */
export interface RateLimit {
  /**
   * Waits until a request to the resource will not be refused, as far as is known.
   *
   * @throws {ExportError} `auth0_rate_limited` when that is later than the run has time for
   */
  take(resource: string): Promise<void>;
  /** Learns from an answer; to be called once for each `take`, without headers when there was no answer. */
  observe(resource: string, answer?: { status: number; headers: Headers }): void;
}

/**
 * A tenant's limits are token buckets: `x-ratelimit-limit` requests at once, refilled at a steady rate, full
 * again at `x-ratelimit-reset`. While the bucket holds something, nothing waits; once it is empty, requests
 * go one by one at the rate at which it refills. Both headers are rounded so that the rate comes out too
 * low, never too high; what is lost by that shows as `remaining` in a later answer and is used then.
 *
 * Which endpoints share a bucket differs by subscription and is not said; those that name the same limit
 * are taken to share one, and one not yet asked is taken to share the only one known.
 */
export function createRateLimit({ clock, deadline }: { clock: Clock; deadline: Deadline }): RateLimit {
  const buckets = new Map<number, Bucket>();
  const limitOf = new Map<string, number>();

  const bucketOf = (resource: string): Bucket | undefined => {
    const limit = limitOf.get(resource);
    if (limit !== undefined) return buckets.get(limit);
    return buckets.size === 1 ? buckets.values().next().value : undefined;
  };

  return {
    take: async (resource) => {
      for (;;) {
        const bucket = bucketOf(resource);
        if (!bucket) return;
        const now = clock.now();
        if (bucket.available > 0) {
          bucket.available -= 1;
          bucket.inFlight += 1;
          return;
        }
        if (now >= bucket.nextAt && bucket.inFlight === 0) {
          bucket.inFlight += 1;
          return;
        }
        // With a request under way its answer says more than the clock does; look again soon.
        const wait = Math.max(bucket.nextAt - now, bucket.inFlight > 0 ? 10 : 0);
        if (!deadline.allowsRequestIn(wait)) {
          throw new ExportError(
            'auth0_rate_limited',
            `The tenant's rate limit allows the next request in ${Math.ceil(wait / 1000)} s, later than this run has time for. Nothing is lost: the next run goes on from the checkpoint.`,
          );
        }
        await deadline.sleep(wait);
      }
    },
    observe: (resource, answer) => {
      const before = bucketOf(resource);
      if (before && before.inFlight > 0) before.inFlight -= 1;
      if (!answer) return;
      const limit = Number(answer.headers.get('x-ratelimit-limit') ?? Number.NaN);
      const remaining = Number(answer.headers.get('x-ratelimit-remaining') ?? Number.NaN);
      const reset = Number(answer.headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000;
      if (!(limit > 0) || Number.isNaN(remaining) || Number.isNaN(reset)) return;

      limitOf.set(resource, limit);
      const bucket = buckets.get(limit) ?? { available: 0, nextAt: 0, inFlight: 0 };
      buckets.set(limit, bucket);
      const untilFull = Math.max(0, reset - clock.now());
      if (answer.status === 429) {
        bucket.available = 0;
        bucket.nextAt = clock.now() + untilFull;
      } else {
        bucket.available = Math.max(0, remaining - bucket.inFlight);
        bucket.nextAt = clock.now() + untilFull / limit;
      }
    },
  };
}
