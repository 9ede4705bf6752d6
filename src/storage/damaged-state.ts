import { ExportError } from '../errors/export-error';

/**
 * The failure of a run that does not know its checkpoint: going on without it would send everything again,
 * later than Segment remembers having had it.
 *
 * @param where what of the stored document is not what was stored
 */
export function damagedState(where: string): ExportError {
  return new ExportError(
    'storage_damaged',
    `The stored state is damaged (${where} is not what was stored), so the checkpoint is not known. Put the id of the log to go on from into START_FROM: the export then starts with that log, and with a new state.`,
  );
}
