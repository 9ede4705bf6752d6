import { LEASE_MS } from '../../src/storage/lease';
import type { Lease } from '../../src/storage/run-state';
import type { Clock } from '../../src/time';
import { troubleInWords } from '../errors';
import type { TenantRow, TenantStore } from '../tenants/tenant-store';
import { isRunCancelled, type RunQueue, type RunRequest } from './run-queue';
import type { FinishedRun, Runner } from './runner';

/** What the runs of a queue are run with. */
interface QueuedRunsOptions {
  /** By the clock of the database. */
  clock: Clock;
  tenants: Pick<TenantStore, 'find'>;
  runner: Pick<Runner, 'run'>;
  queue: Pick<RunQueue, 'send'>;
  /** Who runs a tenant now, and until when that is certain. */
  leaseOf: (tenant: TenantRow) => Promise<Lease | null>;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
  /** Told of what goes wrong beside a run, in words. */
  onTrouble: (message: string) => void;
}

/** A lease that is in the way is looked at this often; its holder, if alive, renews it each five seconds. */
const LOOK_EVERY_MS = 2_000;

/** Whether there is something left that the run would have exported, had it not been told to end. */
const isUnfinished = (finished: FinishedRun | undefined): boolean => {
  if (!finished) return true;
  const { body } = finished.answer;
  return 'status' in body && body.status.moreToCome === true;
};

/**
 * Makes what runs a run that was taken from the queue. However the run ends, it is done with then: a run that fails says
 * so itself, in its history and in Slack. Where it is told to end before it is finished, whoever is free goes on.
 */
export function createQueuedRuns(
  options: QueuedRunsOptions,
): (request: RunRequest, taken: AbortSignal) => Promise<void> {
  const { clock, tenants, runner, queue, leaseOf, stop, onTrouble } = options;

  /**
   * Waits while another run holds the lease: its process may be dead, and then it is free within seconds.
   *
   * @returns `alive` where that run renews it, and so exports what ours would
   */
  const waitForLease = async (tenant: TenantRow, ended: AbortSignal): Promise<'free' | 'alive' | 'ended'> => {
    let watched: { lease: Lease; since: number } | undefined;
    for (;;) {
      const lease = await leaseOf(tenant);
      const left = lease ? Date.parse(lease.expiresAt) - clock.now() : 0;
      if (!lease || !(left > 0)) return 'free';
      watched ??= { lease, since: clock.monotonic() };
      const { owner, expiresAt } = watched.lease;
      if (lease.owner !== owner || lease.expiresAt !== expiresAt) return 'alive';
      // One that lasts longer than any was given under another time of day: the run itself finds out.
      if (clock.monotonic() - watched.since >= LEASE_MS) return 'free';
      await clock.sleep(Math.min(left + 1, LOOK_EVERY_MS), ended).catch(() => {});
      if (ended.aborted) return 'ended';
    }
  };

  const execute = async (request: RunRequest, taken: AbortSignal): Promise<void> => {
    const tenant = await tenants.find(request.tenant);
    if (!tenant || tenant.id !== request.tenantId) return;
    if (!tenant.isActive && request.trigger !== 'manual') return;
    const ended = AbortSignal.any([stop, taken]);
    for (;;) {
      const standing = await waitForLease(tenant, ended);
      if (standing === 'alive') return;
      const finished =
        standing === 'free'
          ? await runner.run(tenant, request.trigger, request.dueAt, { stop: taken })
          : undefined;
      // Another run has taken the lease in between.
      if (finished?.answer.statusCode === 409) continue;
      if (ended.aborted && !isRunCancelled(taken) && isUnfinished(finished)) await queue.send(request);
      return;
    }
  };

  return async (request, taken) => {
    try {
      await execute(request, taken);
    } catch (error) {
      onTrouble(`The run of tenant ${request.tenant} could not be recorded: ${troubleInWords(error)}`);
    }
  };
}
