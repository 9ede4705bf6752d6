import { FixedWindow } from './fixed-window';
import type { Limit, Limiter } from './limiter';
import { TokenBucket } from './token-bucket';

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
