import type { LogsClient } from 'auth0/logs';
import { type LogPage, parseLogPage } from './parse-log-page';
import { unwrapError } from './unwrap-error';

/** The most that Auth0 gives at once. */
export const PAGE_SIZE = 100;

/**
 * Asks for one page of logs.
 *
 * @param logs the Auth0 client
 * @param query by checkpoint (`from`, `take`), which its types do not know, or by search (`sort`, …)
 * @throws {ExportError} in words; the client's own error for 400, 404 and 414
 */
export async function getLogPage(logs: LogsClient, query: Record<string, string | number>): Promise<LogPage> {
  try {
    const page = await logs.list({ include_totals: false }, { queryParams: query });
    return parseLogPage(page.response, page.rawResponse.headers.get('link'));
  } catch (error) {
    throw unwrapError(error);
  }
}
