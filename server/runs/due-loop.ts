import type { Clock } from '../../src/time';
import type { Changes } from '../database/database';
import { HostError, troubleInWords } from '../errors';
import type { DueTenant, DueTimes, TenantRow, TenantStore } from '../tenants/tenant-store';
import type { RunTrigger } from './run-notes';
import { nextDue, type ScheduledTenant } from './schedule';

/** A run that is due. */
export interface DueRun {
  tenant: Pick<TenantRow, 'id' | 'name'>;
  trigger: RunTrigger;
  /** Milliseconds since 1970. */
  dueAt: number;
  /** When its tenant is due after that; `null` for never. */
  nextDueAt: number | null;
}

/** Looks at what is due, and has it begun: the same wherever runs are run. */
interface DueLoop {
  /** Begins to look. */
  start(): void;
  /** A tenant's run, as one that is due now; `undefined` where the tenant is switched off. */
  dueNow(tenant: TenantRow): Promise<DueRun | undefined>;
  /** Looks again at once: a tenant has changed. */
  wake(): void;
  /** Looks again at once: a place has become free. */
  look(): void;
  /** Begins nothing any more; resolves when what it was beginning has begun. */
  stop(): Promise<void>;
}

/** What the loop works with. */
export interface DueLoopOptions {
  clock: Clock;
  dueTimes: DueTimes;
  tenants: Pick<TenantStore, 'find' | 'list' | 'count'>;
  /**
   * Where several processes look at the same: a number from 0 to less than 1, by which each looks at a moment, and begins
   * with a tenant, of its own. Where all do so at once, each begins a transaction for what one of them gets.
   */
  random?: () => number;
  /** Runs that may begin now. */
  free: () => number;
  /** The tenants, by their ids, whose runs are under way where those that are due would begin: they need no place. */
  running: () => Pick<ReadonlyMap<string, unknown>, 'has' | 'size'>;
  /**
   * Moves a tenant's due time on, and begins its run, in this order: a host that is killed meanwhile does not begin
   * with the same run again.
   *
   * @returns whether a place is taken
   */
  begin: (due: DueRun) => Promise<boolean>;
  /** Become other numbers when another process has written to the database. */
  changes: () => Promise<Changes>;
  /** Told the number of tenants now and then. */
  onCount: (tenants: number) => void;
  /**
   * Told when another process has written: what is shown of the tenants has changed.
   *
   * @param areTenants whether tenants themselves may have, and not only when they are due
   */
  onChange: (areTenants: boolean) => void;
  /** Told of what goes wrong between runs, in words. */
  onTrouble: (message: string) => void;
}

/** What other processes have changed, and where the time of day was set, is noticed within this, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** Each of several processes looks at what is due within so many milliseconds after it is. */
const LOOKS_WITHIN_MS = 100;
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

/** Makes the loop of one process. Several on the same database share the tenants: each run is begun by one. */
export function createDueLoop(options: DueLoopOptions): DueLoop {
  const { clock, dueTimes, tenants, free, running, changes, random } = options;
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
      const count = await tenants.count();
      options.onCount(count);
      counted = { isOnly: count === 1, at };
    }
    return counted.isOnly;
  };
  const nextDueOf = async (tenant: ScheduledTenant): Promise<number | null> => {
    try {
      return nextDue(tenant, clock.now(), await isOnly());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      options.onTrouble(`Tenant ${tenant.name} has no run: ${error.message}`);
      return clock.now() + PUT_OFF_MS;
    }
  };

  const triggerOf = ({ dueAt, isForStream }: Pick<DueTenant, 'dueAt' | 'isForStream'>): RunTrigger => {
    if (dueAt + ON_TIME_MS < lookingSince) return 'missed';
    return isForStream ? 'stream' : 'schedule';
  };

  /**
   * Begins a run; what keeps one tenant from it, such as a state that is damaged, is put off and holds up nobody.
   *
   * @returns whether a place is taken, and when the tenant is due next, whichever process has begun its run
   */
  const tryToBegin = async (tenant: DueTenant): Promise<{ isTaken: boolean; nextDueAt: number | null }> => {
    const { id, name, dueAt } = tenant;
    try {
      const nextDueAt = await nextDueOf({ ...tenant, isActive: true });
      const isTaken = await options.begin({ tenant, trigger: triggerOf(tenant), dueAt, nextDueAt });
      return { isTaken, nextDueAt };
    } catch (error) {
      // The database: nobody can run.
      if (error instanceof HostError) throw error;
      options.onTrouble(
        `The run of tenant ${name} could not begin, it is tried again in 5 minutes: ${troubleInWords(error)}`,
      );
      const nextDueAt = clock.now() + PUT_OFF_MS;
      await dueTimes.claim(id, dueAt, nextDueAt);
      return { isTaken: false, nextDueAt };
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
  const look = async (): Promise<{ next: number; isWaiting: boolean }> => {
    if (isSetBack()) await findDueTimesAnew();
    lastOffset = offset();
    let left = free();
    // Those that are under way may be among them, and take no place.
    const due = await dueTimes.due(clock.now(), left + running().size + 1);
    let { next = Number.POSITIVE_INFINITY } = due;
    const from = random ? Math.floor(random() * due.tenants.length) : 0;
    for (const one of [...due.tenants.slice(from), ...due.tenants.slice(0, from)]) {
      if (stopping.signal.aborted) break;
      if (left <= 0 && !running().has(one.id)) continue;
      const { isTaken, nextDueAt } = await tryToBegin(one);
      left -= Number(isTaken);
      next = Math.min(next, nextDueAt ?? next);
      // Another process has come as far as here, and goes on with those that follow.
      if (random && !isTaken) return { next: clock.now(), isWaiting: false };
    }
    return { next, isWaiting: left <= 0 };
  };

  const delay = () => (random ? Math.floor(random() * LOOKS_WITHIN_MS) : 0);
  const wait = async (ms: number) => {
    await clock.sleep(ms, waking.signal).catch(() => {});
    noteTime();
  };
  let lastTrouble = '';
  const loop = async () => {
    let seen: Changes | undefined;
    let askedAt = 0;
    const ask = () => {
      askedAt = clock.monotonic();
      return changes();
    };
    const untilAsked = () => Math.max(0, askedAt + LOOK_EVERY_MS - clock.monotonic());
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      try {
        // Read before what is due is: what is changed meanwhile is noticed after it.
        seen ??= await ask();
        const found = await look();
        const { isWaiting } = found;
        const next = found.next > clock.now() ? found.next + delay() : found.next;
        lastTrouble = '';
        const mayBegin = () => (isWaiting ? free() > 0 : next <= clock.now());
        let current = seen;
        do {
          const ms = isWaiting ? untilAsked() : Math.min(untilAsked(), next - clock.now());
          if (!mayBegin()) await wait(ms);
          // Not with each look: several processes look whenever a run is due, and this looks at every tenant.
          if (untilAsked() === 0) current = await ask();
        } while (!mayBegin() && !waking.signal.aborted && !isSetBack() && current.dueTimes === seen.dueTimes);
        if (current.dueTimes !== seen.dueTimes) options.onChange(current.tenants !== seen.tenants);
        seen = current;
      } catch (error) {
        const trouble = `The schedule could not be kept, it is tried again: ${troubleInWords(error)}`;
        if (trouble !== lastTrouble) options.onTrouble(trouble);
        lastTrouble = trouble;
        await wait(TRY_AGAIN_MS);
      }
    }
  };

  return {
    start: () => {
      ended ??= loop();
    },
    dueNow: async (tenant) => {
      if (tenant.dueAt === null) return undefined;
      const nextDueAt = await nextDueOf(tenant);
      const trigger = tenant.dueAt + ON_TIME_MS < clock.now() ? 'missed' : 'start';
      return { tenant, trigger, dueAt: tenant.dueAt, nextDueAt };
    },
    wake: () => {
      counted = undefined;
      waking.abort();
    },
    look: () => waking.abort(),
    stop: async () => {
      stopping.abort();
      waking.abort();
      await ended;
    },
  };
}
