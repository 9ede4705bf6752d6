import type { LogsClient } from 'auth0/logs';
import { getLogPage, PAGE_SIZE } from './get-log-page';
import type { Log } from './log';

/**
 * The oldest logs that the tenant still retains, a hundred at most, in order of their ids. Searching is limited
 * to 1,000 results, so it only finds the start; everything after it is read by checkpoint. It follows dates, and
 * checkpoints follow ids: between these logs there may be others by id, which are dated later.
 *
 * @returns none where the tenant has no logs
 * @throws {ExportError} in words
 */
export async function findOldestLogs(logs: LogsClient): Promise<Log[]> {
  const page = await getLogPage(logs, { sort: 'date:1', per_page: PAGE_SIZE, page: 0 });
  return page.logs.sort((one, other) => (one.id < other.id ? -1 : 1));
}
