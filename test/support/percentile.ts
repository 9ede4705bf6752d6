/**
 * The value below which a share of some values lies.
 *
 * @param sorted the least first
 * @param share 0 to 1; of 1 the largest
 */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
