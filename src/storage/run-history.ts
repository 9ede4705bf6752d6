import type { RunRecord, RunState } from './run-state';

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
 * names a log.
 */
const canFold = (before: RunRecord, record: RunRecord): boolean =>
  dayOf(before) !== undefined &&
  dayOf(before) === dayOf(record) &&
  before.rejected.length + record.rejected.length === 0 &&
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

/** One record for the runs of two: figures added up, everything else as the newer one left it. */
function fold(before: RunRecord, record: RunRecord): RunRecord {
  const events = addCounts(before.events, record.events);
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
    ...(before.users === undefined && record.users === undefined
      ? {}
      : { users: (before.users ?? 0) + (record.users ?? 0) }),
    ...(events && { events }),
    ...(requests && { requests }),
    ...(checkpointDate && { checkpointDate }),
  };
}

/**
 * Adds a run to the history. Where it and the run before exported nothing and failed at nothing, they become
 * one record with a count: a schedule of one minute would otherwise push a failure out within a day.
 *
 * @param logs oldest first; not changed
 */
export function addRun(logs: readonly RunRecord[], record: RunRecord): RunRecord[] {
  const before = logs.at(-1);
  return before && isUneventful(before) && isUneventful(record) && canFold(before, record)
    ? [...logs.slice(0, -1), fold(before, record)]
    : [...logs, record];
}

/** Whether a run is in the history, with a record of its own or folded into one. */
export function hasRun(logs: readonly RunRecord[], { start, end }: RunRecord): boolean {
  return logs.some(
    (log) =>
      (log.start === start && log.end === end) || (runsIn(log) > 1 && log.start <= start && end <= log.end),
  );
}

/**
 * Makes room by folding, oldest first, runs that differ in their figures only, also those that exported
 * something and those that failed at the same log for the same reason: sums and failures stay, details go.
 *
 * @param logs oldest first; not changed
 * @param excess bytes that are to become free
 * @param bytesOf a record's size
 * @returns the records, and how many bytes were freed; fewer than asked for where no more can be folded
 */
function foldOldest(
  logs: readonly RunRecord[],
  excess: number,
  bytesOf: (record: RunRecord) => number,
): { logs: RunRecord[]; freed: number } {
  const kept: RunRecord[] = [];
  let freed = 0;
  for (const record of logs) {
    const before = kept.at(-1);
    if (freed >= excess || !before || !canFold(before, record)) {
      kept.push(record);
      continue;
    }
    const folded = fold(before, record);
    freed += bytesOf(before) + bytesOf(record) + ','.length - bytesOf(folded);
    kept[kept.length - 1] = folded;
  }
  return { logs: kept, freed };
}

/** Bytes of the document at most: the platform takes about 500 KB. */
export const DOCUMENT_BYTES = 400 * 1024;

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The history is the same from one save of a run to the next: each list of records is measured once. */
const measured = new WeakMap<RunRecord[], number>();

function historyBytes(logs: RunRecord[]): number {
  const bytes = measured.get(logs) ?? jsonBytes(logs);
  measured.set(logs, bytes);
  return bytes;
}

/**
 * Leaves out the oldest records, and notes up to when, so that no count claims to be of all runs.
 *
 * @param state not changed
 */
export function dropOldest(state: RunState, count: number): RunState {
  const newest = state.logs[count - 1];
  return newest ? { ...state, logs: state.logs.slice(count), logsDroppedUntil: lastStartOf(newest) } : state;
}

/**
 * Makes the document fit: older runs that differ in their figures only are folded into one record, and where
 * that is not enough, the oldest records are left out.
 *
 * @param state not changed
 * @param limit bytes of JSON at most
 * @returns the state itself where it fits
 */
export function fitDocument(state: RunState, limit = DOCUMENT_BYTES): RunState {
  const { logs, ...rest } = state;
  const total = jsonBytes(rest) + historyBytes(logs) + '"logs":,'.length;
  if (total <= limit) return state;
  const folded = foldOldest(logs, total - limit, jsonBytes);
  const fitted = { ...state, logs: folded.logs };
  let bytes = total - folded.freed;
  if (bytes <= limit) return fitted;
  const { logsDroppedUntil: _, ...withoutNote } = rest;
  bytes += jsonBytes(withoutNote) - jsonBytes(rest);
  let dropped = 0;
  for (const record of folded.logs) {
    bytes -= jsonBytes(record) + ','.length;
    dropped += 1;
    if (bytes + jsonBytes({ logsDroppedUntil: lastStartOf(record) }) <= limit) break;
  }
  return dropOldest(fitted, dropped);
}
