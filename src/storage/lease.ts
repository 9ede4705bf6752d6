import { ExportError } from '../errors';
import type { Clock, Deadline } from '../time';
import { caughtUpAfter } from './run-history';
import type { Lease, RunRecord, RunState } from './run-state';
import type { RunStateStore, StateChange } from './run-store';

/**
 * A run that has not renewed its lease for this long counts as dead, first of all to itself. Half of the 30 seconds
 * within which the lease of a dead run is to be had: whoever comes then may have to watch it for as long again.
 */
export const LEASE_MS = 15_000;

/**
 * What a lease is worth to another run:
 *
 * - `free`: there is none, or it has expired by any clock that may be;
 * - `held`: by this machine's clock it is good, and its holder alive;
 * - `doubtful`: its holder has died, or the clocks differ. Watching tells: who is alive renews it, and who has not
 *   for `LEASE_MS` is dead by its own count too.
 */
type Standing = 'free' | 'held' | 'doubtful';

/**
 * What the stored lease is worth to another run.
 *
 * @param now milliseconds since 1970, by the store's clock
 * @param clocksDifferMs milliseconds by which that clock may differ from the one that the lease was given by
 */
export function standingOf(
  { lease }: Pick<RunState, 'lease'>,
  now: number,
  clocksDifferMs: number,
): Standing {
  const left = lease ? Date.parse(lease.expiresAt) - now : Number.NaN;
  if (Number.isNaN(left) || left <= -clocksDifferMs) return 'free';
  // One that lasts longer than any was given before a clock was set back.
  return left > 0 && left <= LEASE_MS + clocksDifferMs ? 'held' : 'doubtful';
}

/**
 * Gives the state's lease to a new run. A lease that is there belongs to nobody alive: its run was cut off before it
 * could leave its record, so that one is left for it.
 *
 * @returns the change, and the record of the run that was cut off, if one was
 */
function takeLease(
  state: RunState,
  { owner, now, progress }: { owner: string; now: number; progress: RunRecord },
): { change: StateChange; interruptedRun: RunRecord | undefined } {
  const interruptedRun: RunRecord | undefined = state.lease
    ? {
        ...state.lease.progress,
        end: new Date(now).toISOString(),
        error: {
          message: `The run that started at ${state.lease.startedAt} was cut off before its end: its process was killed, or the platform stopped it. Nothing is lost: the next run resumed from its checkpoint.`,
          checkpoint: state.lease.progress.checkpoint,
        },
      }
    : undefined;
  return {
    change: {
      state: {
        ...state,
        caughtUp: interruptedRun ? caughtUpAfter(state.caughtUp, interruptedRun) : state.caughtUp,
        lease: {
          owner,
          startedAt: new Date(now).toISOString(),
          expiresAt: new Date(now + LEASE_MS).toISOString(),
          // Where the run is cut off before its first save, this is where it stood.
          progress: { ...progress, startCheckpoint: state.checkpointId, checkpoint: state.checkpointId },
        },
      },
      ended: state.lease && interruptedRun ? [{ id: state.lease.owner, record: interruptedRun }] : [],
    },
    interruptedRun,
  };
}

/** A lease that has not been written for this long is renewed. */
const RENEW_AFTER_MS = LEASE_MS / 3;
/** A lease in doubt is looked at this often. */
const LOOK_EVERY_MS = LEASE_MS / 6;

/** What a run changes of the stored state. */
type StatePatch = Partial<
  Pick<
    RunState,
    | 'checkpointId'
    | 'checkpointDate'
    | 'startFrom'
    | 'startFromUsedAt'
    | 'lastReportDate'
    | 'chosen'
    | 'slackFailure'
  >
>;

/** A run's hold on the stored state. */
export interface RunLease {
  /** The state as it was when the lease was taken. */
  readonly state: RunState;
  /** The record left for a run before, if that was cut off. */
  readonly interruptedRun: RunRecord | undefined;
  /**
   * Notes a change and has it written. Resolves when the save before it is written: so a run that waits for it is
   * ahead of what is stored by one batch that is being written and one that is being delivered, however long a write
   * takes. A write that fails shows in `flush` and in the next save.
   *
   * @throws {ExportError} `storage_write` or `lease_lost`, of an earlier save
   */
  save(patch: StatePatch, progress: RunRecord): Promise<void>;
  /**
   * Resolves when everything saved so far is written.
   *
   * @throws {ExportError} `storage_write` or `lease_lost`
   */
  flush(): Promise<void>;
  /**
   * Whether the run still holds the lease: neither of the machine's clocks says that it was last renewed longer ago
   * than a lease lasts. One of them stands still while the machine sleeps, the other may be set back.
   */
  isHeld(): boolean;
  /**
   * Writes the run's record, and gives the lease up. Called once, at the end, also after a failure.
   *
   * @throws {ExportError} `storage_write` or `lease_lost`
   */
  release(record: RunRecord, patch?: StatePatch): Promise<void>;
}

/** A moment on both of the machine's clocks. */
interface Moment {
  now: number;
  monotonic: number;
}

/**
 * Takes the lease for a run. One that looks expired, by a clock that may be ahead of its holder's, is watched first,
 * and taken once its holder has not renewed it for as long as a lease lasts.
 *
 * @param store the runs' state, by whose clock the lease is given
 * @param clock this machine's, by which the run knows whether it still holds the lease
 * @param deadline where it leaves no time for watching, a lease in doubt counts as held
 * @param owner the run's id: random, for this run alone
 * @param progress the run's record as it starts
 * @returns the lease, or who holds it
 * @throws {ExportError} `storage_read`, `storage_damaged` or `storage_write`
 */
export async function acquireLease({
  store,
  clock,
  deadline,
  owner,
  progress,
}: {
  store: RunStateStore;
  clock: Clock;
  deadline: Pick<Deadline, 'hasTimeFor' | 'sleep'>;
  owner: string;
  progress: RunRecord;
}): Promise<{ lease: RunLease } | { heldBy: Lease }> {
  const moment = (): Moment => ({ now: clock.now(), monotonic: clock.monotonic() });
  let interruptedRun: RunRecord | undefined;
  // What others see, which is earlier than the end of a slow write.
  let renewed = moment();
  let watched: { lease: Lease; since: number } | undefined;
  const unwatched = () => (watched ? watched.since + LEASE_MS - clock.monotonic() : LEASE_MS);
  const isAnother = ({ lease }: RunState) =>
    watched !== undefined &&
    (lease?.owner !== watched.lease.owner || lease.expiresAt !== watched.lease.expiresAt);

  let standing = 'free' as Standing;

  const ask = (current: RunState, now: number): StateChange | undefined => {
    // A write whose answer was lost may have been done all the same.
    if (current.lease?.owner === owner) return undefined;
    standing = standingOf(current, now, store.clocksDifferMs);
    const isDead = standing === 'doubtful' && !isAnother(current) && unwatched() <= 0;
    if (standing !== 'free' && !isDead) return undefined;
    renewed = moment();
    const taken = takeLease(current, { owner, now, progress });
    interruptedRun = taken.interruptedRun;
    return taken.change;
  };
  let state = await store.update(ask);
  while (state.lease && state.lease.owner !== owner) {
    const isHeld = standing === 'held' || isAnother(state);
    if (isHeld || !deadline.hasTimeFor(unwatched())) return { heldBy: state.lease };
    watched ??= { lease: state.lease, since: clock.monotonic() };
    await deadline.sleep(Math.min(LOOK_EVERY_MS, Math.max(0, unwatched())));
    await store.read();
    state = await store.update(ask);
  }

  let patch: StatePatch = {};
  let latest = progress;
  let failure: unknown;
  let writing: Promise<void> | undefined;
  /** The one of its writes that is under way. */
  let lastWrite: Promise<void> | undefined;
  let dirty = false;
  const ended = new AbortController();

  /** The state with this run's changes, as long as the run still has the lease. */
  const changed = (current: RunState): RunState => {
    if (current.lease?.owner !== owner) {
      throw new ExportError(
        'lease_lost',
        `Another run has taken over since ${current.lease?.startedAt ?? 'this one was last seen'}, because this one stood still for longer than ${LEASE_MS / 1000} s. It stopped.`,
      );
    }
    const { checkpointLost: _, ...rest } = current;
    return patch.checkpointId ? { ...rest, ...patch } : { ...current, ...patch };
  };

  /** Whether a run's last write has been done, though its answer was lost. */
  const isRecorded = ({ lease, lastRun }: RunState, record: RunRecord): boolean =>
    lease?.owner !== owner && lastRun === record.end;

  const writeOnce = async () => {
    const begun = moment();
    const progressNow = latest;
    try {
      await store.update((current, now) => {
        const state = changed(current);
        const expiresAt = new Date(now + LEASE_MS).toISOString();
        return {
          state: state.lease
            ? { ...state, lease: { ...state.lease, expiresAt, progress: progressNow } }
            : state,
        };
      });
      renewed = begun;
    } catch (error) {
      failure = error;
    }
  };

  const writePending = async () => {
    while (dirty && failure === undefined) {
      dirty = false;
      lastWrite = writeOnce();
      await lastWrite;
    }
    lastWrite = undefined;
    writing = undefined;
  };

  const write = () => {
    if (failure !== undefined) return;
    dirty = true;
    writing ??= writePending();
  };

  const renew = async () => {
    for (;;) {
      await clock.sleep(RENEW_AFTER_MS, ended.signal);
      if (clock.monotonic() - renewed.monotonic > RENEW_AFTER_MS / 2) write();
    }
  };
  renew().catch(() => {});

  const flush = async () => {
    while (writing) await writing;
    if (failure !== undefined) throw failure;
  };

  return {
    lease: {
      state,
      interruptedRun,
      save: async (more, soFar) => {
        if (failure !== undefined) throw failure;
        patch = { ...patch, ...more };
        latest = soFar;
        const before = lastWrite;
        write();
        await before;
      },
      flush,
      isHeld: () =>
        failure === undefined &&
        clock.now() - renewed.now < LEASE_MS &&
        clock.monotonic() - renewed.monotonic < LEASE_MS,
      release: async (record, more) => {
        ended.abort();
        while (writing) await writing;
        if (failure instanceof ExportError && failure.code === 'lease_lost') throw failure;
        patch = { ...patch, ...more };
        await store.update((current) =>
          isRecorded(current, record)
            ? undefined
            : {
                state: {
                  ...changed(current),
                  lease: null,
                  lastRun: record.end,
                  caughtUp: caughtUpAfter(current.caughtUp, record),
                },
                ended: [{ id: owner, record }],
              },
        );
      },
    },
  };
}
