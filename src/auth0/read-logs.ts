import type { LogsClient } from 'auth0/logs';
import { getLogPage, type LogPage, PAGE_SIZE } from './logs';

interface ReadLogsOptions {
  logs: LogsClient;
  /** When the reading began, in milliseconds since 1970. */
  now: number;
  /** Called before each page after the first; `false` ends the reading early. */
  mayGoOn: () => boolean;
  /** Called with what an administrator must know, such as a chain of pages that leads nowhere. */
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
 * Each page is requested from a later id than the one before (ids sort as text), and logs that were already read are
 * skipped, so that no answer can make the reading go round in circles. An empty page that names a later one is
 * followed and returned with its position, so that the next run continues there if the time is up.
 *
 * @param start log id to start after
 * @throws {ExportError} with a description; the client's own error for 400, 404 and 414
 */
export async function* readLogs(
  start: string,
  { logs, now, mayGoOn, alert }: ReadLogsOptions,
): AsyncGenerator<LogPage> {
  const request = (from: string) => {
    const page = getLogPage(logs, { from, take: PAGE_SIZE });
    // Awaited in its turn; until then a rejection would count as unhandled.
    page.catch(() => {});
    return { from, page };
  };
  let newest = start;
  let pending: ReturnType<typeof request> | undefined = request(start);
  while (pending) {
    const { from, page }: ReturnType<typeof request> = pending;
    const read: LogPage = await page;
    const fresh = read.logs.filter((log) => log.id > newest);
    newest = fresh.at(-1)?.id ?? newest;
    const later = nextOf(read, from, newest);
    if (fresh.length === 0 && later === undefined) {
      const isTheEnd = read.logs.length === 0 && (read.next === undefined || read.next === from);
      if (!isTheEnd) alert(describeCircle(from, read));
      return;
    }
    const isPresent = read.logs.length < PAGE_SIZE && Date.parse(fresh.at(-1)?.date ?? '') > now;
    pending = later !== undefined && !isPresent && mayGoOn() ? request(later) : undefined;
    if (fresh.length > 0) yield { ...read, logs: fresh };
    else if (later !== undefined && later > newest) yield { ...read, logs: [], position: later };
  }
}

/** Returns where the page after this one starts: the id that it names, else its last log, if that is later. */
function nextOf(read: LogPage, from: string, newest: string): string | undefined {
  if (read.next !== undefined && read.next > from) return read.next;
  return newest > from ? newest : undefined;
}

function describeCircle(from: string, read: LogPage): string {
  const logs = read.logs.length === 0 ? 'none' : 'logs that were read already';
  const next = read.next === undefined ? 'no next page' : `the page after ${read.next} as the next`;
  return `Auth0 returned the request for logs newer than ${from} with ${logs}, and named ${next}, which leads nowhere, so the run stopped reading there. The next run asks again from the checkpoint; if this persists, tell Auth0's support.`;
}
