import type { LogsClient } from 'auth0/logs';
import { getLogPage, PAGE_SIZE } from './get-log-page';
import type { PageLinks } from './page-links';
import type { LogPage } from './parse-log-page';

/** What pages of logs are read with. */
export interface ReadLogsOptions {
  /** The Auth0 client. */
  logs: LogsClient;
  /** Told by the requests of that client where the next page is. */
  links: PageLinks;
  /** Asked before each page after the first; `false` ends the reading early. */
  mayGoOn: () => boolean;
}

/** A page that is on its way. */
interface AskedPage {
  from: string;
  page: Promise<LogPage>;
  /** Where the next one is; known before the page itself has arrived. */
  next: Promise<string | undefined>;
}

/**
 * Reads the logs that are newer than a given one, page after page, in order of their ids, until nothing is
 * newer. The chain of pages, each of which names the next, is the one thing in an export that cannot be done
 * side by side: the next page is asked for as soon as the head of an answer names it, before the page in hand
 * has arrived in full. When nothing is newer, the next page that it names is itself.
 *
 * @param start log id to start after
 * @throws {ExportError} in words; the client's own error for 400, 404 and 414
 */
export async function* readLogs(
  start: string,
  { logs, links, mayGoOn }: ReadLogsOptions,
): AsyncGenerator<LogPage> {
  const ask = (from: string): AskedPage => {
    const named = links.after(from);
    const page = getLogPage(logs, { from, take: PAGE_SIZE });
    const next = Promise.race([named, page.then(() => undefined)]);
    // Awaited when it is their turn; until then nobody listens.
    page.catch(() => {});
    next.catch(() => {});
    return { from, page, next };
  };
  let asked: AskedPage | undefined = ask(start);
  while (asked) {
    const { from, page, next }: AskedPage = asked;
    const named: string | undefined = await next;
    const ahead: AskedPage | undefined =
      named !== undefined && named !== from && mayGoOn() ? ask(named) : undefined;
    const read: LogPage = await page;
    const last = read.logs.at(-1);
    if (!last) return;
    // A head whose body never came says nothing of the page that was read in the end.
    if (ahead && read.next === named) asked = ahead;
    else
      asked = mayGoOn()
        ? ask(read.next === undefined || read.next === from ? last.id : read.next)
        : undefined;
    yield read;
  }
}
