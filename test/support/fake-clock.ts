import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/time';

/** A clock that only moves when it is told to. Waits, as the machine's, end whatever the time of day is set to. */
export interface FakeClock extends Clock {
  /** Moves the time on and ends the waits that are over by then, each at its own moment, in order. */
  advance(ms: number): Promise<void>;
  /** Sets the time of day forward, or back where `ms` is negative, as an administrator does: no time passes. */
  set(ms: number): void;
  /** Milliseconds of each wait that was ever asked for. */
  readonly asked: readonly number[];
  /** Waits that are neither over nor given up. */
  readonly pending: number;
}

interface Wait {
  at: number;
  end: () => void;
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await turn();
}

/**
 * Makes a clock that stands still.
 *
 * ```ts
 * const clock = fakeClock();
 * const waited = clock.sleep(1_000);
 * await clock.advance(1_000);
 * await waited;
 * ```
 *
 * @param now milliseconds since 1970
 * @param skipsWaits each wait moves the clock on at once, for code that waits between real requests
 */
export function fakeClock({ now = Date.parse('2026-03-01T12:00:00Z'), skipsWaits = false } = {}): FakeClock {
  // Not the time of day, so that the two cannot be mistaken for each other.
  let passed = 4_000_000;
  let epoch = now - passed;
  const waits = new Set<Wait>();
  const asked: number[] = [];
  return {
    now: () => epoch + passed,
    monotonic: () => passed,
    set: (ms) => {
      epoch += ms;
    },
    sleep: (ms, signal) => {
      asked.push(ms);
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (skipsWaits) {
        passed += ms;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const abort = () => {
          waits.delete(wait);
          reject(signal?.reason);
        };
        const wait = {
          at: passed + ms,
          end: () => {
            waits.delete(wait);
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        waits.add(wait);
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
    advance: async (ms) => {
      const until = passed + ms;
      for (;;) {
        await settle();
        const [next] = [...waits].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (!next) break;
        passed = Math.max(passed, next.at);
        next.end();
      }
      passed = until;
    },
    asked,
    get pending() {
      return waits.size;
    },
  };
}
