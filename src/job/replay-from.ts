import { ExportError } from '../errors/export-error';
import type { RunState } from '../storage/run-state';

/**
 * The id to replay from after a failure that no single log is to blame for: START_FROM as long as its first
 * batch has not been passed, else the checkpoint. A START_FROM that Auth0 does not know is none to replay from.
 *
 * @param error what the run failed with
 * @param startFrom the setting, if there are settings
 * @param before the state as the run found it, if it could be read
 * @param checkpoint as far as the run has come
 */
export function replayFrom(
  error: unknown,
  startFrom: string | undefined,
  before: Pick<RunState, 'startFrom' | 'checkpointId'> | undefined,
  checkpoint: string | null,
): string | null {
  if (error instanceof ExportError && error.code === 'start_from_unknown') return checkpoint;
  const hasMoved = checkpoint !== (before?.checkpointId ?? null);
  return startFrom && startFrom !== before?.startFrom && !hasMoved ? startFrom : checkpoint;
}
