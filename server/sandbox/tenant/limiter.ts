/** A rate limit: so many calls at once, and so many a second in the long run. */
export interface Limit {
  burst: number;
  perSecond: number;
}

/** A rate limit at work. */
export interface Limiter {
  /** Takes a call out of what is left, if anything is. */
  take(): boolean;
  /** What is left, as Auth0 reports it on each answer. */
  headers(): Record<string, string>;
}

/**
 * The headers that Auth0 puts on each answer.
 *
 * @param limit calls at once
 * @param remaining whole calls that are left
 * @param resetMs milliseconds since 1970; rounded up to a second, but for what comes of fractions such as a third
 */
export function limitHeaders(limit: number, remaining: number, resetMs: number): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(resetMs / 1000 - 1e-6)),
  };
}
