import type { RunState } from '../../src/storage/run-state';
import { troubleInWords } from '../errors';
import type { TenantRow } from '../tenants/tenant-store';
import { createDueLoop, type DueLoopOptions, type DueRun } from './due-loop';
import type { FinishedRun, Runner } from './runner';
import type { Scheduler } from './scheduler';

/** What the embedded scheduler works with. */
interface EmbeddedSchedulerOptions extends Omit<DueLoopOptions, 'free' | 'running' | 'begin'> {
  runner: Runner;
  /** Who runs a tenant now, and until when that is certain. */
  leaseOf: (tenant: TenantRow) => Promise<RunState['lease']>;
}

/** A run that begins in this process. */
type OwnRun = DueRun & { tenant: TenantRow };

/** Makes the scheduler that begins runs in its own process. Several on the same file share the tenants. */
export function createEmbeddedScheduler(options: EmbeddedSchedulerOptions): Scheduler {
  const { clock, dueTimes, tenants, runner, leaseOf } = options;
  let isStopped = false;

  /** Runs of other processes that kept one of ours from running, by tenant. */
  const blockedBy = new Map<string, string>();

  /**
   * Has a run tried again that has met the lease of another: whoever holds that may be dead, and then it is free
   * before the tenant is due again.
   *
   * @param dueAt when the tenant is due otherwise
   */
  const tryAgain = async (tenant: TenantRow, dueAt: number | null): Promise<void> => {
    const lease = await leaseOf(tenant);
    const expiresAt = Date.parse(lease?.expiresAt ?? '');
    if (!lease || dueAt === null || !(expiresAt < dueAt)) return;
    if (!(await dueTimes.claim(tenant.id, dueAt, Math.max(expiresAt, clock.now() + 1)))) return;
    blockedBy.set(tenant.id, lease.owner);
  };

  /** Runs a tenant whose due time has been moved on. */
  const runOnce = async ({ tenant, trigger, dueAt, nextDueAt }: OwnRun): Promise<FinishedRun | undefined> => {
    try {
      const finished = await runner.run(tenant, trigger, dueAt);
      if (finished?.answer.statusCode === 409) await tryAgain(tenant, nextDueAt);
      return finished;
    } finally {
      loop.look();
    }
  };

  /** Whether the run that ours met the lease of is still alive: it exports what ours would. */
  const isStillRun = async (tenant: TenantRow): Promise<boolean> => {
    const owner = blockedBy.get(tenant.id);
    blockedBy.delete(tenant.id);
    if (owner === undefined) return false;
    const lease = await leaseOf(tenant);
    return lease?.owner === owner && Date.parse(lease.expiresAt) > clock.now();
  };

  const begin = async (due: DueRun): Promise<boolean> => {
    const { dueAt, nextDueAt } = due;
    const tenant = await tenants.find(due.tenant.name);
    if (!tenant || tenant.id !== due.tenant.id || tenant.dueAt !== dueAt) return false;
    const isRun = runner.running().has(tenant.id) || (await isStillRun(tenant));
    if (!(await dueTimes.claim(tenant.id, dueAt, nextDueAt)) || isRun || isStopped) return false;
    options.onChange(false);
    runOnce({ ...due, tenant }).catch((error: unknown) =>
      options.onTrouble(`The run of tenant ${tenant.name} could not be recorded: ${troubleInWords(error)}`),
    );
    return true;
  };

  const loop = createDueLoop({ ...options, free: runner.free, running: runner.running, begin });

  return {
    start: async (first) => {
      const due = first && (await loop.dueNow(first));
      const isClaimed = due && (await dueTimes.claim(due.tenant.id, due.dueAt, due.nextDueAt));
      loop.start();
      return isClaimed
        ? runOnce({ ...due, tenant: first, dueAt: Math.min(due.dueAt, clock.now()) })
        : undefined;
    },
    cancel: async ({ id }) => runner.cancel(id),
    ask: async (tenant, trigger) => {
      runner
        .run(tenant, trigger, clock.now())
        .catch((error: unknown) =>
          options.onTrouble(`A run of tenant ${tenant.name} could not be recorded: ${troubleInWords(error)}`),
        );
    },
    wake: loop.wake,
    stop: async () => {
      isStopped = true;
      await loop.stop();
    },
  };
}
