import type { PostgresDatabase } from '../database/postgres/open-postgres';
import { createDueLoop, type DueLoopOptions, type DueRun } from './due-loop';
import type { RunQueue, RunRequest } from './run-queue';
import type { Scheduler } from './scheduler';

/** What the distributed scheduler works with. */
interface DistributedSchedulerOptions extends Omit<DueLoopOptions, 'free' | 'running' | 'begin'> {
  random: () => number;
  claimAnd: PostgresDatabase['claimAnd'];
  queue: RunQueue;
  /** Ends a run that is under way in this process; returns whether there was one. */
  cancelHere: (tenantId: string) => boolean;
  /** Where this process runs tenants: how many at once, and how. */
  worker: { places: number; run: (request: RunRequest, taken: AbortSignal) => Promise<void> } | undefined;
}

/** Runs that are put into the queue before the due times are looked at again. */
const AT_ONCE = 20;

/**
 * Makes the scheduler of one of several processes: whichever sees first that a tenant is due moves its due time on and
 * puts its run into the queue, in one transaction, and whichever is free runs it.
 */
export function createDistributedScheduler(options: DistributedSchedulerOptions): Scheduler {
  const { clock, claimAnd, queue, cancelHere, worker } = options;

  const begin = async ({ tenant: { id, name }, trigger, dueAt, nextDueAt }: DueRun): Promise<boolean> => {
    const isClaimed = await claimAnd(id, dueAt, nextDueAt, async (transaction) => {
      // Where one waits already, that one exports what this would.
      await queue.send(
        { tenantId: id, tenant: name, trigger, dueAt: Math.min(dueAt, clock.now()) },
        transaction,
      );
    });
    if (isClaimed) options.onChange(false);
    return isClaimed;
  };

  const loop = createDueLoop({
    ...options,
    free: () => AT_ONCE,
    running: () => new Map(),
    begin,
  });

  return {
    start: async (first) => {
      const due = first && (await loop.dueNow(first));
      if (due) await begin(due);
      loop.start();
      if (worker) await queue.work(worker.places, worker.run);
      return undefined;
    },
    ask: async ({ id, name }, trigger) => {
      await queue.send({ tenantId: id, tenant: name, trigger, dueAt: clock.now() });
    },
    cancel: async ({ id }) => cancelHere(id) || queue.cancel(id),
    wake: loop.wake,
    stop: async () => {
      // At once, so that nothing is taken any more that would not be run.
      const isDone = queue.stop();
      await loop.stop();
      await isDone;
    },
  };
}
