import { formatTimeRange } from '../../ui/format-time-range';
import { plural } from './plural';

/** What is said of runs that were folded into one record. */
interface FoldedRuns {
  start: string;
  lastStart?: string | undefined;
  runs?: number | undefined;
  logsProcessed: number;
}

/**
 * Runs that were folded into one record, in words: how many, what they exported, when they started.
 *
 * @param now milliseconds since 1970
 */
export function foldedInWords(
  { start, lastStart = start, runs = 1, logsProcessed }: FoldedRuns,
  now: number,
): string {
  const exported = logsProcessed === 0 ? 'nothing to export' : plural(logsProcessed, 'log');
  return `${plural(runs, 'run')}, ${exported}, ${formatTimeRange(Date.parse(start), Date.parse(lastStart), now)}`;
}
