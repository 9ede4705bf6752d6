import type { Clock } from '../../../src/time/clock';
import type { LiveLog } from '../executions/create-live-log';
import type { Runner } from '../executions/create-runner';
import type { Execution } from '../executions/execution';
import { troubleInWords } from '../host-error';
import type { InstallationStore } from '../installation/open-installation';
import { nextRunOf } from './next-run-of';
import { type Scheduler, startScheduler } from './start-scheduler';

/** What the job's schedule is kept with. */
export interface KeepScheduleOptions {
  clock: Clock;
  installation: InstallationStore;
  runner: Runner;
  live: LiveLog;
  /** Told of what goes wrong between executions, in words. */
  onTrouble: (message: string) => void;
}

/** The schedule of the job. */
export interface JobSchedule {
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
