import type { Clock } from '../../src/time';
import { troubleInWords } from '../errors';
import type { InstallationStore, Job } from '../tenants/tenants';
import type { Execution } from './executions';
import type { LiveLog, Runner } from './runner';
import { parseSchedule } from './schedule';

/**
 * When a job runs next, as ISO 8601; `null` while it is switched off.
 *
 * @param now milliseconds since 1970
 */
export function nextRunOf(job: Pick<Job, 'state' | 'schedule' | 'tz'>, now: number): string | null {
  if (job.state !== 'active') return null;
  const [next] = parseSchedule(job.schedule, job.tz).next(now, 1);
  return next === undefined ? null : new Date(next).toISOString();
}

/** The time of day may be set, or jump while a machine sleeps: it is looked at this often at least. */
const LOOK_EVERY_MS = 15_000;
/** Started later than this, a run was missed and is caught up. */
const ON_TIME_MS = 30_000;
/** Set back by less, as a time service corrects a clock, a run comes that much late; it need not be found anew. */
const SET_BACK_MS = 10_000;

/** What is due at a time, and what to do then. */
interface ScheduleOptions {
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
interface Scheduler {
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

/** What the job's schedule is kept with. */
interface KeepScheduleOptions {
  clock: Clock;
  installation: InstallationStore;
  runner: Runner;
  live: LiveLog;
  /** Told of what goes wrong between executions, in words. */
  onTrouble: (message: string) => void;
}

/** The schedule of the job. */
interface JobSchedule {
  /**
   * Runs the job once, if it is active, and keeps its schedule from then on.
   *
   * @returns the first execution
   */
  begin(): Promise<Execution | undefined>;
  /** Looks again at once: the job has changed. */
  wake(): void;
  /** Begins no run any more. */
  stop(): Promise<void>;
}

/** Keeps the schedule of the installed job; what it is and when it is due next stands in the installation. */
export function keepSchedule(options: KeepScheduleOptions): JobSchedule {
  const { clock, installation, runner, live, onTrouble } = options;
  let scheduler: Scheduler | undefined;
  let isStopped = false;

  const nextDue = () => {
    const next = installation.current.installed?.job.next_available_at;
    return next ? Date.parse(next) : undefined;
  };
  const runOnce = (due: number, trigger: Execution['trigger']) =>
    runner.run({ scheduled_at: new Date(due).toISOString(), trigger });

  /** Finds the job's next run. Before it runs: a host that is killed meanwhile does not begin with the same run again. */
  const moveOn = async () => {
    await installation.update(
      (installed) =>
        installed && {
          ...installed,
          job: { ...installed.job, next_available_at: nextRunOf(installed.job, clock.now()) },
        },
    );
    live.add({ kind: 'change', execution: 0, text: 'job' });
  };

  return {
    begin: async () => {
      const due = nextDue();
      let first: Promise<Execution | undefined> | undefined;
      if (due !== undefined) {
        await moveOn();
        const now = clock.now();
        first = runOnce(Math.min(due, now), due < now ? 'missed' : 'start');
      }
      scheduler = startScheduler({
        clock,
        nextDue,
        onDue: async (dueNow, isMissed) => {
          await moveOn();
          if (isStopped) return;
          runOnce(dueNow, isMissed ? 'missed' : 'schedule').catch((error: unknown) =>
            onTrouble(`The run could not be recorded: ${troubleInWords(error)}`),
          );
        },
        onSetBack: moveOn,
        onError: (error) =>
          onTrouble(`The schedule could not be kept, it is tried again: ${troubleInWords(error)}`),
      });
      return first;
    },
    wake: () => scheduler?.wake(),
    stop: async () => {
      isStopped = true;
      await scheduler?.stop();
    },
  };
}
