import { lastStartOf, runsIn } from '../../../src/storage/run-history';
import type { RunRecord } from '../../../src/storage/run-record';

/** Schedules are tight or wide; a run counts as overdue after this many times the usual pause. */
const PAUSES = 3;
/** However tight the schedule, the platform may be late. */
const SHORTEST_MS = 15 * 60 * 1000;
/** Runs from which the usual pause is told. */
const SAMPLE = 20;

/** When the newest runs of a record started, as if they had come evenly: milliseconds since 1970. */
function startsOf(record: RunRecord): number[] {
  const [first, last] = [Date.parse(record.start), Date.parse(lastStartOf(record))];
  const pause = (last - first) / Math.max(1, runsIn(record) - 1);
  const shown = Math.min(SAMPLE, runsIn(record));
  return Array.from({ length: shown }, (_, place) => last - (shown - 1 - place) * pause);
}

/**
 * Whether the last run started so long ago that the cron job seems to be stopped.
 *
 * @param logs the stored runs, oldest first
 * @param now milliseconds since 1970
 */
export function isOverdue(logs: readonly RunRecord[], now: number): boolean {
  const starts = logs
    .slice(-SAMPLE)
    .flatMap(startsOf)
    .filter((start) => !Number.isNaN(start))
    .slice(-SAMPLE);
  const last = starts.at(-1);
  if (last === undefined) return false;
  const pauses = starts
    .slice(1)
    .map((start, index) => start - (starts[index] ?? start))
    .sort((a, b) => a - b);
  const usual = pauses[Math.floor(pauses.length / 2)] ?? 0;
  return now - last > Math.max(SHORTEST_MS, usual * PAUSES);
}
