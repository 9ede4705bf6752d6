import { sumRuns } from '../../src/storage/run-history';
import type { RunRecord } from '../../src/storage/run-state';
import type { RunSums } from '../../src/storage/run-store';

/** What some runs did together, whenever they started. */
export const sumsOf = (records: readonly RunRecord[]): RunSums => ({
  ...sumRuns(records, { from: 0, until: Number.POSITIVE_INFINITY }),
  isWhole: true,
});
