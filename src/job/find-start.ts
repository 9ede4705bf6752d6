import { lastStartOf } from '../storage/run-history';
import type { RunState } from '../storage/run-state';
import type { Start } from './read-outstanding-logs';

/** When a run last read everything there was, by its start; `null` where the history does not say. */
function caughtUpAt(state: RunState): number | null {
  const last = state.logs.at(-1);
  // A warning may be that of a run that could not read to the end.
  if (!last || last.error || last.moreToCome || last.warning) return null;
  const start = Date.parse(lastStartOf(last));
  return Number.isNaN(start) ? null : start;
}

/**
 * Where a run begins: with the log that START_FROM names, unless that was acted on already; else after the
 * checkpoint; else with the oldest log there is.
 */
export function findStart(state: RunState, startFrom: string): Start {
  if (startFrom !== '' && startFrom !== state.startFrom) return { kind: 'startFrom', id: startFrom };
  if (!state.checkpointId) return { kind: 'oldest' };
  return {
    kind: 'checkpoint',
    id: state.checkpointId,
    date: state.checkpointDate,
    caughtUpAt: caughtUpAt(state),
  };
}
