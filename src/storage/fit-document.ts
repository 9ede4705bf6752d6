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
 * Leaves out the oldest records until the document fits.
 *
 * @param state not changed
 * @param limit bytes of JSON at most
 * @returns the state itself where it fits
 */
export function fitDocument(state: RunState, limit = DOCUMENT_BYTES): RunState {
  const { logs, ...rest } = state;
  let bytes = jsonBytes(rest) + historyBytes(logs) + '"logs":,'.length;
  if (bytes <= limit) return state;
  let first = 0;
  for (const record of logs) {
    if (bytes <= limit) break;
    bytes -= jsonBytes(record) + 1;
    first += 1;
  }
  return { ...state, logs: logs.slice(first) };
}
