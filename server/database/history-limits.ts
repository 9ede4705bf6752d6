/** A day in milliseconds. */
export const DAY_MS = 86_400_000;
/** Records of a tenant at most: half a year of runs every five minutes that each exported something, near enough. */
export const MOST_RECORDS = 20_000;
/** Failures before those, so that no schedule pushes them out with runs that succeeded. */
export const MOST_OLDER_FAILURES = 1_000;
/** Characters of the lines of a tenant's runs; those of older runs go, whatever else is known of them stays. */
export const MOST_CHARACTERS = 2_000_000;
/** Rows that are dropped in one transaction: others may wait for as long as that takes, a few milliseconds. */
export const ROWS_AT_ONCE = 500;

/** How much of a history is kept. */
export interface HistoryLimits {
  /** Days after which a record goes. */
  days: number;
  records?: number;
  olderFailures?: number;
  characters?: number;
}
