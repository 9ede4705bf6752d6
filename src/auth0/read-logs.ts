import type { LogsClient } from 'auth0/logs';
import { getLogPage, PAGE_SIZE } from './get-log-page';
import type { LogPage } from './parse-log-page';

/**
 * Reads the logs that are newer than a given one, page after page, in order of their ids, until nothing is
 * newer. The next page is asked for before the one in hand is worked on: the chain of pages, each of which
 * names the next, is the one thing in an export that cannot be done side by side.
 *
 * @param logs the Auth0 client
 * @param from log id to start after
 * @param mayGoOn asked before each page after the first; `false` ends the reading early
 * @throws {ExportError} in words; the client's own error for 400, 404 and 414
 */
export async function* readLogs(
  logs: LogsClient,
  from: string,
  mayGoOn: () => boolean,
): AsyncGenerator<LogPage> {
  const ask = (id: string) => {
    const page = getLogPage(logs, { from: id, take: PAGE_SIZE });
    // Awaited one turn later; until then nobody listens.
    page.catch(() => {});
    return page;
  };
  let asked: Promise<LogPage> | undefined = ask(from);
  while (asked) {
    const page: LogPage = await asked;
    const last = page.logs.at(-1);
    if (!last) return;
    asked = mayGoOn() ? ask(page.next ?? last.id) : undefined;
    yield page;
  }
}
