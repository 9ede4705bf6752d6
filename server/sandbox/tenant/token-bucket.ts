import { type Limit, type Limiter, limitHeaders } from './limiter';

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
