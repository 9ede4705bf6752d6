import { type Log, type LogPage, positionAfter, type ReadPosition } from '../auth0/logs';
import type { Selection } from '../choices/shape';

/** A stretch of logs that the checkpoint passes in one step. */
export interface Batch {
  /** The logs to export, in order; none if the checkpoint only passes the stretch. */
  logs: Log[];
  /** The position after the stretch: the checkpoint once the batch is done. */
  checkpoint: string;
  /** ISO 8601 date of that position; empty if it is not known. */
  checkpointDate: string;
}

/** Returns where the checkpoint is once everything up to a position is done. */
const checkpointAt = ({ id, date }: ReadPosition) => ({ checkpoint: id, checkpointDate: date ?? '' });

/** Whether one of the names is among those chosen; what a log does not name is not. */
const isAmong = (chosen: readonly string[], named: Log['client']): boolean =>
  chosen.length === 0 ||
  (named !== undefined && [named.id, named.name].some((text) => chosen.includes(text.toLowerCase())));

/**
 * Whether a log is to be exported, or to be recorded because it cannot be told that it is not: one that cannot be
 * understood at all is.
 */
export function isSelected(log: Log, { types, clients, connections }: Selection): boolean {
  if (log.unreadable !== undefined && log.type === '') return true;
  return types.includes(log.type) && isAmong(clients, log.client) && isAmong(connections, log.connection);
}

/**
 * Keeps the logs that are exported and groups them: each batch but the last holds exactly `size` logs. Other
 * logs go along with the batch before them, or make up a stretch without logs to
 * export, so that the checkpoint passes them too.
 *
 * @param pages when reading them fails, what was read comes as the last batch before the error
 * @param size logs in a batch
 * @param selection which logs are exported
 */
export async function* toBatches(
  pages: AsyncIterable<LogPage>,
  size: number,
  selection: Selection,
): AsyncGenerator<Batch> {
  let open: Log[] = [];
  let failure: { error: unknown } | undefined;
  let last: ReadPosition | undefined;
  try {
    for await (const page of pages) {
      const full: Batch[] = [];
      for (const log of page.logs) {
        if (!isSelected(log, selection)) continue;
        open.push(log);
        if (open.length < size) continue;
        full.push({ logs: open, ...checkpointAt(log) });
        open = [];
      }
      last = positionAfter(page) ?? last;
      if (last && open.length === 0) {
        const batch = full.pop();
        full.push({ logs: [], ...batch, ...checkpointAt(last) });
      }
      yield* full;
    }
  } catch (error) {
    failure = { error };
  }
  if (last && open.length > 0) yield { logs: open, ...checkpointAt(last) };
  if (failure) throw failure.error;
}

/**
 * Returns the pages up to a log, that log included. Log ids sort as text.
 *
 * @param to `undefined` continues to the end
 */
export async function* logsBetween(
  pages: AsyncIterable<LogPage>,
  to: string | undefined,
): AsyncGenerator<LogPage> {
  for await (const page of pages) {
    if (to === undefined) {
      yield page;
      continue;
    }
    const logs = page.logs.filter(({ id }) => id <= to);
    yield { ...page, logs };
    const end = positionAfter(page);
    if (end !== undefined && end.id >= to) return;
  }
}
