import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '../../src/time';

/** A clock that follows the machine's until the test moves it. */
export interface ControlledClock extends Clock {
  /**
   * Moves the time on and ends the waits that are over by then, each at its own moment, in order. From the first call on
   * no other time passes.
   */
  advance(ms: number): Promise<void>;
}

interface Wait {
  /** On the monotonic clock. */
  at: number;
  end: () => void;
}

/** Real time between the ends of two waits, in which local servers answer. */
const BETWEEN_WAITS_MS = 10;

/** Creates a clock for code that starts in real time, and then waits longer than a test has time for. */
export function createControlledClock(): ControlledClock {
  const waits = new Set<Wait>();
  let held: { now: number; monotonic: number } | undefined;
  const monotonic = () => held?.monotonic ?? systemClock.monotonic();
  return {
    now: () => (held ? Math.floor(held.now) : systemClock.now()),
    monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const settle = () => {
          clearTimeout(timer);
          waits.delete(wait);
          signal?.removeEventListener('abort', abort);
        };
        const end = () => {
          settle();
          resolve();
        };
        const abort = () => {
          settle();
          reject(signal?.reason);
        };
        const timer = held ? undefined : setTimeout(() => !held && end(), ms);
        const wait = { at: monotonic() + ms, end };
        waits.add(wait);
        signal?.addEventListener('abort', abort, { once: true });
      }),
    advance: async (ms) => {
      const from = held ?? { now: systemClock.now(), monotonic: systemClock.monotonic() };
      const until = from.monotonic + ms;
      held = from;
      const moveTo = (at: number) => {
        held = { now: from.now + at - from.monotonic, monotonic: at };
      };
      for (;;) {
        const [next] = [...waits].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at);
        if (!next) break;
        moveTo(Math.max(monotonic(), next.at));
        next.end();
        await delay(BETWEEN_WAITS_MS);
      }
      moveTo(until);
    },
  };
}
