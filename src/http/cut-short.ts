import { ExportError } from '../errors/export-error';

/**
 * The end of a first try that the run's own deadline cut shorter than a healthy peer may need: it says nothing
 * of the peer, only that the time was up.
 *
 * @param peer who was asked
 */
export function cutShort(peer: string): ExportError {
  return new ExportError(
    'out_of_time',
    `The time of this run was up before ${peer} had answered; the next run goes on from the checkpoint.`,
  );
}
