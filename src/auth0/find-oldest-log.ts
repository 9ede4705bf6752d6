import type { LogsClient } from 'auth0/logs';
import { getLogPage, PAGE_SIZE } from './get-log-page';
import type { Log } from './log';

/**
 * The oldest log that the tenant still retains. Searching is limited to 1,000 results, so it only finds the
 * start; everything after it is read by checkpoint. Checkpoints follow log ids and search follows dates, so
 * the smallest id of the oldest hundred is taken.
 *
 * @returns `undefined` where the tenant has no logs
 * @throws {ExportError} in words
 */
export async function findOldestLog(logs: LogsClient): Promise<Log | undefined> {
  const page = await getLogPage(logs, { sort: 'date:1', per_page: PAGE_SIZE, page: 0 });
  return page.logs.reduce<Log | undefined>(
    (oldest, log) => (oldest && oldest.id <= log.id ? oldest : log),
    undefined,
  );
}
