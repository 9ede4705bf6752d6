import { ExportError } from '../errors/export-error';

/** A request that gets less time than this is cut by the run's end: a healthy peer may need as long. */
const SHORT_TRY_MS = 1_500;

/** Why a request got no answer within its time. */
export class NoAnswerInTime extends DOMException {
  /** Whether the end of the run, and not the peer, is to blame. */
  readonly isCutShort: boolean;

  constructor(timeoutMs: number) {
    super(`No answer within ${Math.round(timeoutMs)} ms`, 'TimeoutError');
    this.isCutShort = timeoutMs < SHORT_TRY_MS;
  }
}

/**
 * The end of a first try that was cut short: it says nothing of the peer, only that the time was up. After tries
 * that failed otherwise, they are what is to be told.
 *
 * @param failure what the last try failed with
 * @param tries how many there were
 * @param peer who was asked
 */
export function outOfTime(failure: unknown, tries: number, peer: string): ExportError | undefined {
  if (tries > 1 || !(failure instanceof NoAnswerInTime) || !failure.isCutShort) return undefined;
  return new ExportError(
    'out_of_time',
    `The time of this run was up before ${peer} had answered; the next run goes on from the checkpoint.`,
  );
}
