import type { RunRecord, RunState } from '../../../src/storage/run-state';

/** How the distance to real time develops. */
type Trend =
  /** Nothing was left when the last run ended. */
  | 'caught-up'
  /** Logs are waiting, and runs export faster than new ones are written. */
  | 'catching-up'
  /** Logs are waiting, and runs export slower than new ones are written. */
  | 'falling-behind'
  /** The last run failed or was cut off, or none has come for long. */
  | 'stalled'
  /** There has been no run. */
  | 'unknown';

/** How far the export is behind real time. */
export interface ExportLag {
  /**
   * Milliseconds between now and `exportedUntil`: close to zero right after a run that caught up, growing
   * until the next one. `null` where `exportedUntil` is not known.
   */
  lag: number | null;
  /**
   * ISO 8601 time up to which everything has been exported: the end of the last run that caught up, or the
   * date of the log at the checkpoint while there is more to come.
   */
  exportedUntil: string | null;
  trend: Trend;
  /** Milliseconds until real time is reached at the pace of the last two runs, where that can be told. */
  caughtUpIn: number | null;
}

/** Milliseconds since 1970, or `undefined` for what is no time. */
function time(iso: string | null | undefined): number | undefined {
  const at = Date.parse(iso ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** The later of two times, as far as they are known. */
const later = (a: number | undefined, b: number | undefined) => (a === undefined ? b : Math.max(a, b ?? a));

/**
 * Tells from the stored state how far the export is behind real time.
 *
 * @param state the stored state
 * @param lastRuns the two newest records, oldest first; more do no harm
 * @param now milliseconds since 1970
 */
export function exportLag(
  { checkpointDate, caughtUp }: Pick<RunState, 'checkpointDate' | 'caughtUp'>,
  lastRuns: readonly RunRecord[],
  now: number,
): ExportLag {
  const last = lastRuns.at(-1);
  if (!last) return { lag: null, exportedUntil: null, trend: 'unknown', caughtUpIn: null };

  const reached = time(checkpointDate) ?? time(last.checkpointDate);
  // A tenant without logins writes no logs: what was complete stays complete, however old its newest log.
  const complete = last.moreToCome ? undefined : time(caughtUp?.end);
  const until = later(reached, complete);
  const lag = until === undefined ? null : Math.max(0, now - until);
  const exportedUntil = until === undefined ? null : new Date(until).toISOString();

  if (last.error) {
    // Who cancels a run knows that nothing is broken: the next one continues.
    const trend = last.error.code === 'cancelled' ? 'catching-up' : 'stalled';
    return { lag, exportedUntil, trend, caughtUpIn: null };
  }
  if (!last.moreToCome) return { lag, exportedUntil, trend: 'caught-up', caughtUpIn: null };

  const pace = paceOf(lastRuns.at(-2), last);
  if (pace === undefined) return { lag, exportedUntil, trend: 'catching-up', caughtUpIn: null };
  if (pace <= 1) return { lag, exportedUntil, trend: 'falling-behind', caughtUpIn: null };
  return { lag, exportedUntil, trend: 'catching-up', caughtUpIn: lag === null ? null : lag / (pace - 1) };
}

/** Milliseconds of the tenant's time that are exported in a millisecond, between the ends of two runs. */
function paceOf(before: RunRecord | undefined, last: RunRecord): number | undefined {
  const [from, to] = [time(before?.checkpointDate), time(last.checkpointDate)];
  const [start, end] = [time(before?.end), time(last.end)];
  if (from === undefined || to === undefined || start === undefined || end === undefined) return undefined;
  return end > start ? (to - from) / (end - start) : undefined;
}
