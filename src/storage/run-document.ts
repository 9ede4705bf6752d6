import * as v from 'valibot';
import { canFold, caughtUpAfter, fold, lastStartOf } from './run-history';
import { parseRunState, type RunRecord, type RunState, runRecord } from './run-state';

/** State and history in one document, which is all that the platform's storage has room for. */
export interface RunDocument {
  state: RunState;
  /** Oldest first. */
  logs: RunRecord[];
  /** ISO 8601 start of the newest run that the history no longer holds, for want of room. */
  logsDroppedUntil?: string | undefined;
}

/** The keys of the history: `logs` is that of Auth0's own extension, so that its history can be read on. */
const history = v.object({
  logsDroppedUntil: v.fallback(v.optional(v.string()), undefined),
  logs: v.pipe(
    v.fallback(v.optional(v.array(v.unknown()), []), []),
    v.transform((records) =>
      records.flatMap((record): RunRecord[] => {
        const parsed = v.safeParse(runRecord, record);
        return parsed.success ? [parsed.output] : [];
      }),
    ),
  ),
});

/**
 * Parses a stored document: ours, that of Auth0's own extension, one of a newer version, or none.
 *
 * @param document what the storage answered
 * @throws {ExportError} `storage_damaged` when it is none of these
 */
export function parseRunDocument(document: unknown): RunDocument {
  const { logs: _, logsDroppedUntil: __, ...rest } = parseRunState(document);
  const state = rest as RunState;
  const kept = v.parse(history, Array.isArray(document) ? {} : (document ?? {}));
  // The history says it, also where another version has written it.
  const caughtUp = kept.logs.reduce(caughtUpAfter, null);
  return { state: { ...state, caughtUp }, ...kept };
}

/** What is stored beside the history. */
function headOf({ state, logsDroppedUntil }: Omit<RunDocument, 'logs'>): object {
  const { caughtUp: _, ...kept } = state;
  return { ...kept, ...(logsDroppedUntil === undefined ? {} : { logsDroppedUntil }) };
}

/** The document as it is stored. */
export const toStored = (document: RunDocument): object => ({ ...headOf(document), logs: document.logs });

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
 * @param document not changed
 */
export function dropOldest(document: RunDocument, count: number): RunDocument {
  const newest = document.logs[count - 1];
  return newest
    ? { ...document, logs: document.logs.slice(count), logsDroppedUntil: lastStartOf(newest) }
    : document;
}

/**
 * Makes the document fit: older runs that differ in their figures only are folded into one record, and where
 * that is not enough, the oldest records are left out.
 *
 * @param document not changed
 * @param limit bytes of JSON at most
 * @returns the document itself where it fits
 */
export function fitDocument(document: RunDocument, limit = DOCUMENT_BYTES): RunDocument {
  const { state, logs } = document;
  const headBytes = jsonBytes(headOf(document));
  const total = headBytes + historyBytes(logs) + '"logs":,'.length;
  if (total <= limit) return document;
  const folded = foldOldest(logs, total - limit, jsonBytes);
  const fitted = { ...document, logs: folded.logs };
  let bytes = total - folded.freed;
  if (bytes <= limit) return fitted;
  bytes += jsonBytes(headOf({ state })) - headBytes;
  let dropped = 0;
  for (const record of folded.logs) {
    bytes -= jsonBytes(record) + ','.length;
    dropped += 1;
    if (bytes + jsonBytes({ logsDroppedUntil: lastStartOf(record) }) <= limit) break;
  }
  return dropOldest(fitted, dropped);
}
