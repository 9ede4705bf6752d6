import type { LogsClient } from 'auth0/logs';
import { getLogPage, type Log, type LogPage, PAGE_SIZE } from '../auth0/logs';
import type { Selection } from '../choices/shape';
import type { SegmentCall } from '../segment/calls';
import type { RejectedCall } from '../storage/run-state';
import { type Batch, isSelected } from './batches';

/** A call that would be sent, and the log that it is made from. */
export interface PreviewedCall {
  call: SegmentCall;
  log: Log;
}

/** What a run would send. */
export interface Previewed {
  calls: PreviewedCall[];
  /** Logs that were looked at and are exported. */
  logs: number;
  /** Those of them that name no user. */
  skipped: number;
  /** Those of them that no call could be made of. */
  rejected: RejectedCall[];
  /** Whether there are more logs than were looked at. */
  moreToCome: boolean;
  /** Fields of the profile that stay here, as dotted paths. */
  excluded: string[];
  /** Whether application and connection of a log are told. */
  loginContext: boolean;
}

/** A search reaches no further than its first 1,000 results. */
const MOST_PAGES = 10;

/**
 * The newest logs that are exported, in order of their ids.
 *
 * @param most how many, at most
 * @throws {ExportError} in words
 */
export async function* newestLogs(
  logs: LogsClient,
  selection: Selection,
  most: number,
): AsyncGenerator<LogPage> {
  const found: Log[] = [];
  for (let page = 0; page < MOST_PAGES && found.length < most; page += 1) {
    const read = await getLogPage(logs, { sort: 'date:-1', per_page: PAGE_SIZE, page });
    found.push(...read.logs.filter((log) => isSelected(log, selection)));
    if (read.logs.length < PAGE_SIZE) break;
  }
  // A log that was written between two pages has moved another one onto the second.
  const newest = new Map(found.slice(0, most).map((log) => [log.id, log]));
  const inOrder = [...newest.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  if (inOrder.length > 0) yield { logs: inOrder, unidentified: 0, next: undefined };
}

/**
 * The batches with the first logs alone.
 *
 * @param most logs, at most
 * @param onMore called where there are more
 */
export async function* firstLogs(
  batches: AsyncIterable<Batch>,
  most: number,
  onMore: () => void,
): AsyncGenerator<Batch> {
  let left = most;
  for await (const batch of batches) {
    const logs = batch.logs.slice(0, left);
    left -= logs.length;
    if (logs.length > 0) yield { ...batch, logs };
    if (logs.length === batch.logs.length) continue;
    onMore();
    return;
  }
}
