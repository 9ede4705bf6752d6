/** A rate limit: so many calls at once, refilled at a steady pace. */
export interface Limit {
  burst: number;
  perSecond: number;
}

/** One such limit at work. */
export class TokenBucket {
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

  /** Takes a token if there is one. */
  take(): boolean {
    this.#refill();
    if (this.#whole() < 1) return false;
    this.#tokens--;
    return true;
  }

  /** What the bucket holds, as Auth0 reports it on each answer. */
  headers(): Record<string, string> {
    const { burst, perSecond } = this.#limit;
    const fullAt = this.#filledAt / 1000 + (burst - this.#tokens) / perSecond;
    return {
      'x-ratelimit-limit': String(burst),
      'x-ratelimit-remaining': String(this.#whole()),
      'x-ratelimit-reset': String(Math.ceil(fullAt - 1e-6)),
    };
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
