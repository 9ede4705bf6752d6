import { type Limit, type Limiter, limitHeaders } from './limiter';

/**
 * A limit that is filled up only when a window ends, as limitd, which Auth0 limits with, does where it is told to.
 * A window is as long as filling an empty bucket takes; the first begins with the first call, and `reset` is the
 * end of the one under way.
 */
export class FixedWindow implements Limiter {
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
