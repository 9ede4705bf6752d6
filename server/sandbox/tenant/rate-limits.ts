/** A rate limit: so many calls at once, and so many a second in the long run. */
interface Limit {
  burst: number;
  perSecond: number;
}

/** A rate limit at work. */
interface Limiter {
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
function limitHeaders(limit: number, remaining: number, resetMs: number): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(resetMs / 1000 - 1e-6)),
  };
}

/** A limit that is refilled steadily, drop by drop; `reset` is when it will be full again. */
export class TokenBucket implements Limiter {
  readonly #limit: Limit;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor(limit: Limit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
    this.#tokens = limit.burst;
    this.#filledAt = now();
  }

  take(): boolean {
    this.#refill();
    if (this.#whole() < 1) return false;
    this.#tokens--;
    return true;
  }

  headers(): Record<string, string> {
    const { burst, perSecond } = this.#limit;
    const fullAt = this.#filledAt + ((burst - this.#tokens) / perSecond) * 1000;
    return limitHeaders(burst, this.#whole(), fullAt);
  }

  #refill(): void {
    const now = this.#now();
    const gained = (Math.max(0, now - this.#filledAt) / 1000) * this.#limit.perSecond;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + gained);
    this.#filledAt = now;
  }

  /** Whole tokens; the little that is added makes up for fractions such as a third, added three times. */
  #whole(): number {
    return Math.floor(this.#tokens + 1e-9);
  }
}

/**
 * A limit that is filled up only when a window ends, as limitd, which Auth0 limits with, does where it is told to.
 * A window is as long as filling an empty bucket takes; the first begins with the first call, and `reset` is the
 * end of the one under way.
 */
class FixedWindow implements Limiter {
  readonly #burst: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  #left: number;
  #beganAt: number | undefined;

  constructor({ burst, perSecond }: Limit, now: () => number) {
    this.#burst = burst;
    this.#windowMs = (burst / perSecond) * 1000;
    this.#now = now;
    this.#left = burst;
  }

  take(): boolean {
    const now = this.#now();
    this.#beganAt ??= now;
    const windows = Math.floor((now - this.#beganAt) / this.#windowMs);
    if (windows > 0) {
      this.#beganAt += windows * this.#windowMs;
      this.#left = this.#burst;
    }
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  headers(): Record<string, string> {
    return limitHeaders(this.#burst, this.#left, (this.#beganAt ?? this.#now()) + this.#windowMs);
  }
}

/** Auth0's plans, and one without limits for everything that is not about them. */
export type Plan = 'unlimited' | 'free' | 'essentials' | 'professional' | 'enterprise';

/** How Auth0's limits are refilled; which of the two a tenant has is not said. */
export type Refill = 'drip' | 'fixed-window';

interface PlanLimits {
  /** Every endpoint that has no limit of its own. */
  rest: Limit;
  logs?: Limit;
  users?: Limit;
}

const UNLIMITED: Limit = { burst: 1_000_000, perSecond: 1_000_000 };
const BY_ENDPOINT: PlanLimits = {
  rest: UNLIMITED,
  logs: { burst: 10, perSecond: 100 / 60 },
  users: { burst: 40, perSecond: 500 / 60 },
};
const PLANS: Record<Plan, PlanLimits> = {
  unlimited: { rest: UNLIMITED },
  free: { rest: { burst: 2, perSecond: 2 } },
  essentials: BY_ENDPOINT,
  professional: BY_ENDPOINT,
  enterprise: { rest: { burst: 50, perSecond: 16 } },
};

/** The Management API's rate limits under a plan. */
export class RateLimits {
  readonly #rest: Limiter;
  readonly #logs: Limiter;
  readonly #users: Limiter;

  constructor(plan: Plan, now: () => number, refill: Refill = 'drip') {
    const limits = PLANS[plan];
    const Kind = refill === 'drip' ? TokenBucket : FixedWindow;
    this.#rest = new Kind(limits.rest, now);
    this.#logs = limits.logs ? new Kind(limits.logs, now) : this.#rest;
    this.#users = limits.users ? new Kind(limits.users, now) : this.#rest;
  }

  /** The limit that calls of this endpoint draw from. */
  of(endpoint: string): Limiter {
    if (endpoint === 'logs' || endpoint === 'log') return this.#logs;
    if (endpoint === 'user' || endpoint === 'user-search') return this.#users;
    return this.#rest;
  }
}
