import type { LogsClient } from 'auth0/logs';
import { getLogPage, type LogPage, PAGE_SIZE } from './logs';

/** Pages in a row that bring no log that was not read already, while each names a later one. */
const MOST_BARREN_PAGES = 50;

/** What pages of logs are read with. */
interface ReadLogsOptions {
  /** The Auth0 client. */
  logs: LogsClient;
  /** Milliseconds since 1970: when the reading began. */
  now: number;
  /** Asked before each page after the first; `false` ends the reading early. */
  mayGoOn: () => boolean;
  /** Called with what an administrator must hear of, such as a chain of pages that leads nowhere. */
  alert: (message: string) => void;
}

/**
 * Reads the logs that are newer than a given one, page after page, in order of their ids, until nothing is
 * newer. The chain of pages, each of which names the next, is the one thing in an export that cannot be done
 * side by side: the next page is asked for before the one in hand is handed on. When nothing is newer, the next
 * page that it names is itself.
 *
 * A page that is not full and ends with a log that was written since the reading began ends it: on a busy tenant each
 * request would bring the few logs written since the last, and take from a limit that the next run needs.
 *
 * Each page is asked for from a later id than the one before (ids sort as text), and logs that were read
 * already are left out, so that no answer can make the reading go round in circles.
 *
 * @param start log id to start after
 * @throws {ExportError} in words; the client's own error for 400, 404 and 414
 */
export async function* readLogs(
  start: string,
  { logs, now, mayGoOn, alert }: ReadLogsOptions,
): AsyncGenerator<LogPage> {
  const ask = (from: string) => {
    const page = getLogPage(logs, { from, take: PAGE_SIZE });
    // Awaited when it is its turn; until then nobody listens.
    page.catch(() => {});
    return { from, page };
  };
  let newest = start;
  let barren = 0;
  let asked: ReturnType<typeof ask> | undefined = ask(start);
  while (asked) {
    const { from, page }: ReturnType<typeof ask> = asked;
    const read: LogPage = await page;
    const fresh = read.logs.filter((log) => log.id > newest);
    newest = fresh.at(-1)?.id ?? newest;
    barren = fresh.length > 0 ? 0 : barren + 1;
    const later = nextOf(read, from, newest);
    if (barren > 0 && (later === undefined || barren > MOST_BARREN_PAGES)) {
      const isTheEnd = read.logs.length === 0 && (read.next === undefined || read.next === from);
      if (!isTheEnd) alert(inCircles(from, read, barren));
      return;
    }
    const isPresent = read.logs.length < PAGE_SIZE && Date.parse(fresh.at(-1)?.date ?? '') > now;
    asked = later !== undefined && !isPresent && mayGoOn() ? ask(later) : undefined;
    if (fresh.length > 0) yield { ...read, logs: fresh };
  }
}

/** Where to ask from after a page: what it names, else its last log, as long as that is later. */
function nextOf(read: LogPage, from: string, newest: string): string | undefined {
  if (read.next !== undefined && read.next > from) return read.next;
  return newest > from ? newest : undefined;
}

function inCircles(from: string, read: LogPage, barren: number): string {
  const what =
    barren > MOST_BARREN_PAGES
      ? `${barren} pages of logs in a row without a log that was not read already, each naming a later one`
      : `the request for logs newer than ${from} with ${read.logs.length === 0 ? 'none' : 'logs that were read already'}, and named ${read.next === undefined ? 'no next page' : `the page after ${read.next.slice(0, 100)} as the next`}`;
  return `Auth0 returned ${what}, which leads nowhere, so the run stopped reading there. The next run asks again from the checkpoint; if this persists, tell Auth0's support.`;
}
