import { setTimeout as delay } from 'node:timers/promises';

/** Where the job gets the time from, and how it waits: passed in, so that a test need not wait. */
export interface Clock {
  /** Milliseconds since 1970: for dates that are stored, shown, or compared with another machine's. It may be set. */
  now(): number;
  /**
   * Milliseconds since some moment: for how long something takes. Nobody can set it; on Linux it stands still
   * while the machine sleeps.
   */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};
