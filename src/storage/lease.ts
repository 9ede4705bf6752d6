import type { RunRecord } from './run-record';
import type { RunState } from './run-state';

/**
 * A run that has not renewed its lease for this long counts as dead, first of all to itself. Half of the 30 seconds
 * within which the lease of a dead run is to be had: whoever comes then may have to watch it for as long again.
 */
export const LEASE_MS = 15_000;

/**
 * The clocks of two machines may differ by this without a run ever taking the lease of one that is alive. The
 * storage has no clock of its own to ask. Shorter than the time between two scheduled runs, so that the one after
 * a run that was cut off need not watch.
 */
export const CLOCKS_DIFFER_MS = 120_000;

/**
 * What a lease is worth to another run:
 *
 * - `free`: there is none, or it has expired by any clock that may be;
 * - `held`: by this machine's clock it is good, and its holder alive;
 * - `doubtful`: its holder has died, or the clocks differ. Watching tells: who is alive renews it, and who has not
 *   for `LEASE_MS` is dead by its own count too.
 */
export type Standing = 'free' | 'held' | 'doubtful';

/**
 * What the stored lease is worth to another run.
 *
 * @param now milliseconds since 1970, by the clock of whoever asks
 */
export function standingOf({ lease }: Pick<RunState, 'lease'>, now: number): Standing {
  const left = lease ? Date.parse(lease.expiresAt) - now : Number.NaN;
  if (Number.isNaN(left) || left <= -CLOCKS_DIFFER_MS) return 'free';
  // One that lasts longer than any was given before a clock was set back.
  return left > 0 && left <= LEASE_MS + CLOCKS_DIFFER_MS ? 'held' : 'doubtful';
}

/**
 * Gives the state's lease to a new run. A lease that is there belongs to nobody alive: its run was cut off before it
 * could leave its record, so that one is left for it.
 *
 * @returns the new state, and the record of the run that was cut off, if one was
 */
export function takeLease(
  state: RunState,
  { owner, now, progress }: { owner: string; now: number; progress: RunRecord },
): { state: RunState; cutOff: RunRecord | undefined } {
  const cutOff: RunRecord | undefined = state.lease
    ? {
        ...state.lease.progress,
        end: new Date(now).toISOString(),
        error: {
          message: `The run that started at ${state.lease.startedAt} was cut off before its end: its process was killed, or the platform stopped it. Nothing is lost: the next run went on from the checkpoint.`,
          checkpoint: state.lease.progress.checkpoint,
        },
      }
    : undefined;
  return {
    state: {
      ...state,
      logs: cutOff ? [...state.logs, cutOff] : state.logs,
      lease: {
        owner,
        startedAt: new Date(now).toISOString(),
        expiresAt: new Date(now + LEASE_MS).toISOString(),
        // Where the run is cut off before its first save, this is where it stood.
        progress: { ...progress, startCheckpoint: state.checkpointId, checkpoint: state.checkpointId },
      },
    },
    cutOff,
  };
}
