import { foldOldest, lastStartOf } from './run-history';
import type { RunRecord } from './run-record';
import type { RunState } from './run-state';

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
