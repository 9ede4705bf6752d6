import type { RunRecord } from './run-record';
import type { RunState } from './run-state';

/** A lease whose holder has died expires within this. */
export const LEASE_MS = 30_000;

/** Clocks of two hosts may differ by this; a lease that lasts even longer was never given. */
const CLOCKS_DIFFER_MS = 30_000;

/** The lease of another run that is still alive, if there is one. */
export function liveLease(state: RunState, now: number): RunState['lease'] {
  const { lease } = state;
  if (!lease) return null;
  const left = Date.parse(lease.expiresAt) - now;
  return left > 0 && left <= LEASE_MS + CLOCKS_DIFFER_MS ? lease : null;
}

/**
 * Gives the state's lease to a new run. A lease that is there has expired: its run was cut off before it
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
