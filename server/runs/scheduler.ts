import type { TenantRow } from '../tenants/tenant-store';
import type { RunTrigger } from './run-notes';
import type { FinishedRun } from './runner';

/** Has the runs of all tenants begun when they are due, in this process or in whichever of several is free. */
export interface Scheduler {
  /**
   * Begins to look at what is due.
   *
   * @param first a tenant that runs at once, instead of when it is due next
   * @returns its run; `undefined` where it is switched off, runs elsewhere, or another process has begun its run
   */
  start(first?: TenantRow): Promise<FinishedRun | undefined>;
  /**
   * Has a tenant run as soon as a place is free. Where one of its runs waits already, that is it.
   *
   * @throws {HostError} where it cannot be asked for
   */
  ask(tenant: TenantRow, trigger: RunTrigger): Promise<void>;
  /**
   * Ends a tenant's run that is under way in this process, or in another that shares its runs with this one: it
   * finishes its batch, or gives up what it waits for, and is recorded as cancelled unless it had read everything.
   *
   * @returns whether there was one that is not ending already
   * @throws {HostError} where the others cannot be asked
   */
  cancel(tenant: TenantRow): Promise<boolean>;
  /** Looks again at once: what is due has changed. */
  wake(): void;
  /** Begins nothing any more; resolves when what it was beginning has begun. */
  stop(): Promise<void>;
}
