import type { RunRecord } from '../../../src/storage/run-record';

/** Schedules are tight or wide; a run counts as overdue after this many times the usual pause. */
const PAUSES = 3;
/** However tight the schedule, the platform may be late. */
const SHORTEST_MS = 15 * 60 * 1000;
/** Runs from which the usual pause is told. */
const SAMPLE = 20;

/**
 * Whether the last run started so long ago that the cron job seems to be stopped.
 *
 * @param logs the stored runs, oldest first
 * @param now milliseconds since 1970
 */
export function isOverdue(logs: readonly RunRecord[], now: number): boolean {
  const starts = logs
    .slice(-SAMPLE)
    .map((run) => Date.parse(run.start))
    .filter((start) => !Number.isNaN(start));
  const last = starts.at(-1);
  if (last === undefined) return false;
  const pauses = starts
    .slice(1)
    .map((start, index) => start - (starts[index] ?? start))
    .sort((a, b) => a - b);
  const usual = pauses[Math.floor(pauses.length / 2)] ?? 0;
  return now - last > Math.max(SHORTEST_MS, usual * PAUSES);
}
