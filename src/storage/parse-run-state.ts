import * as v from 'valibot';
import { damagedState } from './damaged-state';
import { type RunState, runState } from './run-state';

/**
 * Parses the stored document: ours, that of Auth0's own extension, one of a newer version, or none.
 *
 * @param document what the storage answered
 * @throws {ExportError} `storage_damaged` when it is none of these: going on without knowing the checkpoint
 *   would send everything again, later than Segment remembers having had it
 */
export function parseRunState(document: unknown): RunState {
  const parsed = v.safeParse(runState, Array.isArray(document) ? undefined : (document ?? {}));
  if (!parsed.success) {
    const where = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the whole document').join(', ');
    throw damagedState(where);
  }
  // Auth0's own extension kept its access token here. It is not needed, and no token is to be stored.
  const { logs_access_token: _, ...state } = parsed.output;
  return state as RunState;
}
