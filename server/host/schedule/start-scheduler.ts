import type { Clock } from '../../../src/time/clock';

/** The clock may jump while a machine sleeps: it is looked at this often at least. */
const LOOK_EVERY_MS = 15_000;
/** Started later than this, a run was missed and is made up. */
const ON_TIME_MS = 30_000;

/** What is due at a time, and what to do then. */
export interface ScheduleOptions {
  clock: Clock;
  /** Milliseconds since 1970 of the next run; `undefined` while there is none to come. */
  nextDue: () => number | undefined;
  /** Called when a run is due, and awaited: it must move `nextDue`. */
  onDue: (due: number, isMissed: boolean) => Promise<void>;
  /** Told why `onDue` failed, such as a full disk; it is tried again later. */
  onError: (error: unknown) => void;
}

/** Whoever waits for the next due time. */
export interface Scheduler {
  /** Looks again at once: what is due has changed. */
  wake(): void;
  /** Starts nothing any more; resolves when what it was starting has begun. */
  stop(): Promise<void>;
}

/** Waits for what is due, through sleep and changes of the clock, and has it done once. */
export function startScheduler({ clock, nextDue, onDue, onError }: ScheduleOptions): Scheduler {
  let isStopped = false;
  let waiting = new AbortController();

  const wait = (ms: number) => {
    waiting = new AbortController();
    return clock.sleep(Math.min(ms, LOOK_EVERY_MS), waiting.signal).catch(() => {});
  };
  const loop = async () => {
    while (!isStopped) {
      const due = nextDue();
      const ms = due === undefined ? LOOK_EVERY_MS : due - clock.now();
      if (due === undefined || ms > 0) {
        await wait(ms);
        continue;
      }
      try {
        await onDue(due, ms < -ON_TIME_MS);
      } catch (error) {
        onError(error);
        await wait(LOOK_EVERY_MS);
      }
    }
  };
  const ended = loop();

  return {
    wake: () => waiting.abort(),
    stop: () => {
      isStopped = true;
      waiting.abort();
      return ended;
    },
  };
}
