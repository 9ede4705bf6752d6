import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/time';

/** A clock that runs faster than the machine's, and can be set forward. */
export interface FastClock extends Clock {
  /** Moves the time on by `ms` milliseconds. */
  advance(ms: number): void;
}

/** A clock on which `speed` milliseconds pass in one: waits are short, and as long as they should be. */
export function createFastClock(speed: number): FastClock {
  const begun = performance.now();
  const epoch = Date.now();
  let ahead = 0;
  const monotonic = () => (performance.now() - begun) * speed + ahead;
  return {
    now: () => Math.floor(epoch + monotonic()),
    monotonic,
    sleep: async (ms, signal) => {
      await delay(ms / speed, undefined, signal ? { signal } : {});
    },
    advance: (ms) => {
      ahead += ms;
    },
  };
}
