import type { RunState } from '../../src/storage/run-state';
import type { Clock } from '../../src/time';
import { HostError, troubleInWords } from '../errors';
import type { DueTenant, DueTimes, TenantRow, TenantStore } from '../tenants/tenant-store';
import type { RunTrigger } from './run-notes';
import type { FinishedRun, Runner } from './runner';
import { nextDue } from './schedule';

/** Begins the runs of all tenants when they are due. */
export interface Scheduler {
  /**
   * Begins to look at what is due.
   *
   * @param first a tenant that runs at once, instead of when it is due next
   * @returns its run; `undefined` where it is switched off, or another process has begun its run
   */
  start(first?: TenantRow): Promise<FinishedRun | undefined>;
  /** Looks again at once: what is due has changed. */
  wake(): void;
  /** Begins nothing any more; resolves when what it was beginning has begun. */
  stop(): Promise<void>;
}

/** What the embedded scheduler works with. */
interface SchedulerOptions {
  clock: Clock;
  dueTimes: DueTimes;
  tenants: Pick<TenantStore, 'find' | 'list'>;
  runner: Runner;
  /** Becomes another number when another process has written to the database. */
  changes: () => Promise<number>;
  /** Who runs a tenant now, and until when that is certain. */
  leaseOf: (tenant: TenantRow) => Promise<RunState['lease']>;
  /** Told the number of tenants now and then. */
  onCount: (tenants: number) => void;
  /** Told when another process has written, or a due time was moved: what is shown of the tenants has changed. */
  onChange: () => void;
  /** Told of what goes wrong between runs, in words. */
  onTrouble: (message: string) => void;
}

/** What other processes have changed, and where the time of day was set, is noticed within this, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** After something failed, such as a write to a full disk, it is tried again in this. */
const TRY_AGAIN_MS = 15_000;
/** Begun later than this, though nothing kept it waiting, a run was missed and is caught up. */
const ON_TIME_MS = 30_000;
/** Set back by less, as a time service corrects a clock, a run comes that much late; it need not be found anew. */
const SET_BACK_MS = 10_000;
/** A tenant whose run cannot begin, or whose schedule cannot be read, is looked at again after this. */
const PUT_OFF_MS = 5 * 60 * 1000;
/** The number of tenants is asked for this often: it only says whether a tenant is the only one. */
const COUNT_EVERY_MS = 15_000;

/** Makes the scheduler of one process. Several on the same database share the tenants: each run is begun by one. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock, dueTimes, tenants, runner, changes, leaseOf } = options;
  const stopping = new AbortController();
  let waking = new AbortController();
  let ended: Promise<void> | undefined;

  // The time of day less the time that has passed: that changes only where the former is set.
  const offset = () => clock.now() - clock.monotonic();
  let lastOffset = offset();
  const isSetBack = () => offset() < lastOffset - SET_BACK_MS;
  // Since then this process has looked all the time: what became due later was not missed, it only waits for a place.
  let lookingSince = clock.now();
  let lastLook = clock.now();
  const noteTime = () => {
    const now = clock.now();
    if (now - lastLook > ON_TIME_MS) lookingSince = now;
    lastLook = now;
    if (!isSetBack()) lastOffset = offset();
  };

  let counted: { isOnly: boolean; at: number } | undefined;
  const isOnly = async () => {
    const at = clock.monotonic();
    if (!counted || at - counted.at > COUNT_EVERY_MS) {
      const { length } = await tenants.list();
      options.onCount(length);
      counted = { isOnly: length === 1, at };
    }
    return counted.isOnly;
  };
  const nextDueOf = async (tenant: TenantRow): Promise<number | null> => {
    try {
      return nextDue(tenant, clock.now(), await isOnly());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      options.onTrouble(`Tenant ${tenant.name} has no run: ${error.message}`);
      return clock.now() + PUT_OFF_MS;
    }
  };

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
  const runOnce = async (
    tenant: TenantRow,
    trigger: RunTrigger,
    { dueAt, nextDueAt }: { dueAt: number; nextDueAt: number | null },
  ): Promise<FinishedRun | undefined> => {
    try {
      const finished = await runner.run(tenant, trigger, dueAt);
      if (finished?.answer.statusCode === 409) await tryAgain(tenant, nextDueAt);
      return finished;
    } finally {
      waking.abort();
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

  /**
   * Moves a due time on, and begins the run.
   *
   * @returns whether a place is taken
   */
  const beginDue = async ({ id, name, dueAt, isForStream }: DueTenant): Promise<boolean> => {
    const tenant = await tenants.find(name);
    if (!tenant || tenant.id !== id || tenant.dueAt !== dueAt) return false;
    const isRun = runner.running().has(id) || (await isStillRun(tenant));
    const nextDueAt = await nextDueOf(tenant);
    // Before it runs: a host that is killed meanwhile does not begin with the same run again.
    if (!(await dueTimes.claim(id, dueAt, nextDueAt)) || isRun || stopping.signal.aborted) return false;
    options.onChange();
    const onTime = isForStream ? 'stream' : 'schedule';
    const trigger = dueAt + ON_TIME_MS < lookingSince ? 'missed' : onTime;
    runOnce(tenant, trigger, { dueAt, nextDueAt }).catch((error: unknown) =>
      options.onTrouble(`The run of tenant ${name} could not be recorded: ${troubleInWords(error)}`),
    );
    return true;
  };

  /** Begins a run; what keeps one tenant from it, such as a state that is damaged, is put off and holds up nobody. */
  const tryToBegin = async (due: DueTenant): Promise<boolean> => {
    try {
      return await beginDue(due);
    } catch (error) {
      // The database: nobody can run.
      if (error instanceof HostError) throw error;
      options.onTrouble(
        `The run of tenant ${due.name} could not begin, it is tried again in 5 minutes: ${troubleInWords(error)}`,
      );
      await dueTimes.claim(due.id, due.dueAt, clock.now() + PUT_OFF_MS);
      return false;
    }
  };

  /** What is due next was found by a time that is yet to come. */
  const findDueTimesAnew = async () => {
    for (const tenant of await tenants.list()) {
      const nextDueAt = await nextDueOf(tenant);
      if (tenant.dueAt !== null && nextDueAt !== null && nextDueAt < tenant.dueAt) {
        await dueTimes.claim(tenant.id, tenant.dueAt, nextDueAt);
      }
    }
  };

  /** Begins what is due, as far as there are places, and says when to look again. */
  const look = async (): Promise<{ next: number | undefined; isWaiting: boolean }> => {
    if (isSetBack()) await findDueTimesAnew();
    lastOffset = offset();
    let free = runner.free();
    // Those that are under way may be among them, and take no place.
    const due = await dueTimes.due(clock.now(), free + runner.running().size + 1);
    for (const one of due) {
      if (stopping.signal.aborted) break;
      if (free > 0 || runner.running().has(one.id)) free -= Number(await tryToBegin(one));
    }
    return { next: await dueTimes.next(), isWaiting: free <= 0 };
  };

  const wait = async (ms: number) => {
    await clock.sleep(ms, waking.signal).catch(() => {});
    noteTime();
  };
  let lastTrouble = '';
  const loop = async () => {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      try {
        const seen = await changes();
        const { next = Number.POSITIVE_INFINITY, isWaiting } = await look();
        lastTrouble = '';
        const mayBegin = () => (isWaiting ? runner.free() > 0 : next <= clock.now());
        while (!mayBegin() && !waking.signal.aborted && !isSetBack() && (await changes()) === seen) {
          const ms = isWaiting ? LOOK_EVERY_MS : Math.min(LOOK_EVERY_MS, next - clock.now());
          await wait(ms);
        }
        if ((await changes()) !== seen) options.onChange();
      } catch (error) {
        const trouble = `The schedule could not be kept, it is tried again: ${troubleInWords(error)}`;
        if (trouble !== lastTrouble) options.onTrouble(trouble);
        lastTrouble = trouble;
        await wait(TRY_AGAIN_MS);
      }
    }
  };
  function wake(): void {
    counted = undefined;
    waking.abort();
  }

  /** Moves a tenant's due time on, as one that is due now. */
  const claimNow = async (tenant: TenantRow) => {
    const { dueAt } = tenant;
    if (dueAt === null) return undefined;
    const nextDueAt = await nextDueOf(tenant);
    const now = clock.now();
    const trigger: RunTrigger = dueAt + ON_TIME_MS < now ? 'missed' : 'start';
    const isClaimed = await dueTimes.claim(tenant.id, dueAt, nextDueAt);
    return isClaimed ? { trigger, due: { dueAt: Math.min(dueAt, now), nextDueAt } } : undefined;
  };

  return {
    start: async (first) => {
      const claimed = first && (await claimNow(first));
      ended ??= loop();
      return first && claimed ? runOnce(first, claimed.trigger, claimed.due) : undefined;
    },
    wake,
    stop: async () => {
      stopping.abort();
      waking.abort();
      await ended;
    },
  };
}
