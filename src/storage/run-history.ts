import { eventsSent, hasFailed } from '../run-words';
import type { CaughtUp, RunRecord } from './run-state';
import type { RunPage, RunQuery, RunSums } from './run-store';

const ISO_DAY = /^\d{4}-\d{2}-\d{2}(?=T)/;

/** The UTC day on which a run started, where its start is a moment at all. */
const dayOf = ({ start }: RunRecord): string | undefined => ISO_DAY.exec(start)?.[0];

/** How many runs a record stands for. */
export const runsIn = ({ runs }: { runs?: number | undefined }): number => runs ?? 1;

/** ISO 8601 start of the newest run that a record stands for. */
export function lastStartOf(record: {
  start: string;
  end: string;
  runs?: number | undefined;
  lastStart?: string | undefined;
}): string {
  // A version that folds without noting it still knows when the newest run ended.
  return record.lastStart ?? (runsIn(record) > 1 && record.end !== '' ? record.end : record.start);
}

/** Whether a run neither exported anything nor failed at anything, and left nothing for the next one. */
const isUneventful = (run: RunRecord): boolean =>
  run.logsProcessed === 0 && run.batches === 0 && !run.error && !run.moreToCome && run.rejected.length === 0;

/**
 * Whether one record can stand for both without hiding anything: they differ in their figures only. Never
 * across midnight UTC, so that the days can still be told apart, and never with rejected calls, each of which
 * names a log, with changed settings, or with a start at START_FROM.
 */
export const canFold = (before: RunRecord, record: RunRecord): boolean =>
  dayOf(before) !== undefined &&
  dayOf(before) === dayOf(record) &&
  before.rejected.length + record.rejected.length === 0 &&
  !before.changed &&
  !record.changed &&
  !before.startedFrom &&
  !record.startedFrom &&
  before.moreToCome === record.moreToCome &&
  before.warning === record.warning &&
  before.error?.message === record.error?.message &&
  before.error?.checkpoint === record.error?.checkpoint;

/** Two counts by name, added up. */
function addCounts(
  one: Record<string, number> | undefined,
  other: Record<string, number> | undefined,
): Record<string, number> | undefined {
  if (!one || !other) return one ?? other;
  const sums = new Map(Object.entries(one));
  for (const [name, count] of Object.entries(other)) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
}

/** A figure that not every record has, added up. */
const addFigures = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);

/** One record for the runs of two: figures added up, everything else as the newer one left it. */
export function fold(before: RunRecord, record: RunRecord): RunRecord {
  const events = addCounts(before.events, record.events);
  const users = addFigures(before.users, record.users);
  const withoutUserIdField = addFigures(before.withoutUserIdField, record.withoutUserIdField);
  const requests = addCounts(before.requests, record.requests);
  const checkpointDate = record.checkpointDate ?? before.checkpointDate;
  return {
    ...record,
    start: before.start,
    lastStart: lastStartOf(record),
    runs: runsIn(before) + runsIn(record),
    startCheckpoint: before.startCheckpoint,
    logsRead: before.logsRead + record.logsRead,
    logsProcessed: before.logsProcessed + record.logsProcessed,
    batches: before.batches + record.batches,
    skipped: before.skipped + record.skipped,
    ...(users !== undefined && { users }),
    ...(withoutUserIdField !== undefined && { withoutUserIdField }),
    ...(events && { events }),
    ...(requests && { requests }),
    ...(checkpointDate && { checkpointDate }),
  };
}

/**
 * Folds a run into the record before it, where both exported nothing and failed at nothing: a schedule of one minute
 * would otherwise push a failure out within a day.
 *
 * @param before the newest record of the history
 * @returns the record that takes the place of `before`; `undefined` where the run needs one of its own
 */
export const foldInto = (before: RunRecord, record: RunRecord): RunRecord | undefined =>
  isUneventful(before) && isUneventful(record) && canFold(before, record) ? fold(before, record) : undefined;

/**
 * Adds a run to the history, folded into the record before where that is possible.
 *
 * @param logs oldest first; not changed
 */
export function addRun(logs: readonly RunRecord[], record: RunRecord): RunRecord[] {
  const before = logs.at(-1);
  const folded = before && foldInto(before, record);
  return folded ? [...logs.slice(0, -1), folded] : [...logs, record];
}

/**
 * The newest run that failed at nothing and left nothing, after another one has ended.
 *
 * @param before the one until now, if there was one
 * @param record the run that has ended, in a record of its own or with those that were folded with it
 */
export function caughtUpAfter(before: CaughtUp | null, record: RunRecord): CaughtUp | null {
  if (record.error || record.moreToCome) return before && { ...before, isProven: false };
  return { start: lastStartOf(record), end: record.end, isProven: !record.warning };
}

/** Milliseconds since 1970 when the first and the last run of a record started; `NaN` where that is not known. */
const spanOf = (record: RunRecord): [first: number, last: number] => [
  Date.parse(record.start),
  Date.parse(lastStartOf(record)),
];

/** Which part of a record's runs started in a span, 0 to 1, as if they had come evenly. */
function partIn(record: RunRecord, { from, until }: { from: number; until: number }): number {
  const [first, last] = spanOf(record);
  if (!(last >= from && first < until)) return 0;
  if (first >= from && last < until) return 1;
  return (Math.min(last, until) - Math.max(first, from)) / (last - first);
}

/** What some runs did together. */
type Sums = Omit<RunSums, 'isWhole'>;

/**
 * Adds up the runs of some records that started in a span of time.
 *
 * @param records oldest first
 * @param span milliseconds since 1970; a run that started at `until` is not in it
 */
export function sumRuns(records: Iterable<RunRecord>, span: { from: number; until: number }): Sums {
  const sums: Sums = {
    runs: 0,
    failed: 0,
    logsProcessed: 0,
    batches: 0,
    skipped: 0,
    rejected: 0,
    events: {},
    uncountedRuns: 0,
    uncountedLogs: 0,
    lastFailure: undefined,
  };
  const events = new Map<string, number>();
  for (const record of records) {
    const part = partIn(record, span);
    if (part === 0) continue;
    const counted = (count: number) => Math.round(count * part);
    sums.runs += counted(runsIn(record));
    sums.logsProcessed += counted(record.logsProcessed);
    sums.batches += counted(record.batches);
    sums.skipped += counted(record.skipped);
    sums.rejected += counted(record.rejected.length);
    if (eventsSent(record) === 0 && record.logsProcessed > record.skipped + record.rejected.length) {
      sums.uncountedRuns += counted(runsIn(record));
      sums.uncountedLogs += counted(record.logsProcessed);
    }
    for (const [name, count] of Object.entries(record.events ?? {})) {
      events.set(name, (events.get(name) ?? 0) + counted(count));
    }
    if (!record.error || !hasFailed(record)) continue;
    sums.failed += counted(runsIn(record));
    sums.lastFailure = { start: lastStartOf(record), ...record.error };
  }
  return { ...sums, events: Object.fromEntries(events) };
}

/** The sums of some runs and of younger ones. */
export function addSums<T extends Sums>(sums: T, younger: Sums): T {
  return {
    ...sums,
    runs: sums.runs + younger.runs,
    failed: sums.failed + younger.failed,
    logsProcessed: sums.logsProcessed + younger.logsProcessed,
    batches: sums.batches + younger.batches,
    skipped: sums.skipped + younger.skipped,
    rejected: sums.rejected + younger.rejected,
    events: addCounts(sums.events, younger.events) ?? {},
    uncountedRuns: sums.uncountedRuns + younger.uncountedRuns,
    uncountedLogs: sums.uncountedLogs + younger.uncountedLogs,
    lastFailure: younger.lastFailure ?? sums.lastFailure,
  };
}

/**
 * Some of the runs, newest first.
 *
 * @param logs oldest first; not changed
 */
export function listRuns(logs: readonly RunRecord[], query: RunQuery): RunPage {
  const { offset, limit, failedOnly, rejectedOnly, from, until } = query;
  const matching = logs.filter((record) => {
    const [first, last] = spanOf(record);
    return (
      (!failedOnly || hasFailed(record)) &&
      (!rejectedOnly || record.rejected.length > 0) &&
      (from === undefined || last >= from) &&
      (until === undefined || first < until)
    );
  });
  return { runs: matching.toReversed().slice(offset, offset + limit), total: matching.length };
}
