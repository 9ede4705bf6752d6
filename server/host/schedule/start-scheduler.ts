import type { Clock } from '../../../src/time/clock';

/** The time of day may be set, or jump while a machine sleeps: it is looked at this often at least. */
const LOOK_EVERY_MS = 15_000;
/** Started later than this, a run was missed and is made up. */
const ON_TIME_MS = 30_000;
/** Set back by less, as a time service corrects a clock, a run comes that much late; it need not be found anew. */
const SET_BACK_MS = 10_000;

/** What is due at a time, and what to do then. */
export interface ScheduleOptions {
  clock: Clock;
  /** Milliseconds since 1970 of the next run; `undefined` while there is none to come. */
  nextDue: () => number | undefined;
  /** Called when a run is due, and awaited: it must move `nextDue`. */
  onDue: (due: number, isMissed: boolean) => Promise<void>;
  /**
   * Called when the time of day has been set back, and awaited: what is due next was found by a time that is yet to
   * come. Set forward, what is due by then is done once, and `onDue` finds the next anew.
   */
  onSetBack: () => Promise<void>;
  /** Told why `onDue` or `onSetBack` failed, such as a full disk; it is tried again later. */
  onError: (error: unknown) => void;
}

/** Whoever waits for the next due time. */
export interface Scheduler {
  /** Looks again at once: what is due has changed. */
  wake(): void;
  /** Starts nothing any more; resolves when what it was starting has begun. */
  stop(): Promise<void>;
}

/** Waits for what is due, through sleep and changes of the time of day, and has it done once. */
export function startScheduler(options: ScheduleOptions): Scheduler {
  const { clock, nextDue, onDue, onSetBack, onError } = options;
  let isStopped = false;
  let waiting = new AbortController();

  const wait = (ms: number) => {
    waiting = new AbortController();
    return clock.sleep(Math.min(ms, LOOK_EVERY_MS), waiting.signal).catch(() => {});
  };
  // The time of day less the time that has passed: that changes only where the former is set.
  const offset = () => clock.now() - clock.monotonic();
  let lastOffset = offset();
  const look = async (): Promise<number> => {
    const isSetBack = offset() < lastOffset - SET_BACK_MS;
    if (isSetBack) await onSetBack();
    lastOffset = offset();
    const due = nextDue();
    if (due === undefined) return LOOK_EVERY_MS;
    const ms = due - clock.now();
    if (ms <= 0) await onDue(due, ms < -ON_TIME_MS);
    return ms;
  };
  const loop = async () => {
    while (!isStopped) {
      try {
        const ms = await look();
        if (ms > 0) await wait(ms);
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
