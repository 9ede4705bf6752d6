import type { LogsClient } from 'auth0/logs';
import { findOldestLogs, getLog, type Log, type LogPage, type ReadPosition } from '../auth0/logs';
import { describeError, isOutOfTime } from '../errors';

/** The shortest time that any Auth0 subscription keeps logs, less a margin: 1 day. */
export const SHORTEST_RETENTION_MS = 20 * 60 * 60 * 1000;
/** Gaps that are named one by one; a record has room for no more. */
const MOST_NAMED = 3;
/** How much longer the next stretch is that is looked at as a whole, after one in which nothing was lost. */
const STRETCH_GROWTH = 8;

/**
 * Returns the oldest retained logs if those up to a position have expired. An odd answer about a single log is no loss:
 * the oldest logs decide.
 *
 * @returns `undefined` if the position is still retained
 * @throws {ExportError} if Auth0 gives no answer
 */
export async function oldestAfterExpiry(logs: LogsClient, { id }: ReadPosition): Promise<Log[] | undefined> {
  if (await getLog(logs, id)) return undefined;
  const found = await findOldestLogs(logs);
  const [oldest] = found;
  return oldest === undefined || oldest.id > id ? found : undefined;
}

/** Finds out what the tenant's retention takes away while it is read, and reports it. */
export interface RetentionWatch {
  /** Looks at a page that was read after the log `before`. To be called before the page is passed on. */
  onPage(before: ReadPosition, page: LogPage): Promise<void>;
  /** Looks at what was read since it last looked. */
  onEnd(): Promise<void>;
  /** Reports that what was logged between these two, or some of it, is gone. */
  reportGap(before: ReadPosition, after: ReadPosition | undefined): void;
  /** Reports the gaps that were not named one by one. */
  summarize(): void;
}

/**
 * Watches for logs that expire before they are read. Where Auth0 answers a `from` that is gone with the oldest
 * logs left instead of an error, nothing in that answer tells. But logs expire oldest first: a log that is still
 * there after pages were read shows that nothing after it can have expired before they were. So the first page is
 * followed by a look at the log it was asked from, and then ever longer stretches of pages by one look at the log
 * that they began with: a handful of requests for any backlog. Logs younger than any retention need none.
 *
 * A look that fails never fails the reading: the next look, or the last one, covers its stretch as well.
 *
 * @param logs a client whose requests fail soon
 * @param now milliseconds since 1970
 * @param alert called with a description of each gap
 */
export function watchRetention({
  logs,
  now,
  alert,
}: {
  logs: LogsClient;
  now: number;
  alert: (message: string) => void;
}): RetentionWatch {
  let begin: ReadPosition | undefined;
  let end: ReadPosition | undefined;
  let pages = 0;
  let stretch = 1;
  const unnamed: { count: number; until: string } = { count: 0, until: '' };
  let named = 0;

  const mayExpire = ({ date }: ReadPosition): boolean => {
    const time = Date.parse(date ?? '');
    return Number.isNaN(time) || now - time > SHORTEST_RETENTION_MS;
  };
  const reportGap = (before: ReadPosition, after: ReadPosition | undefined): void => {
    if (named >= MOST_NAMED) {
      unnamed.count += 1;
      unnamed.until = dateOf(after);
      return;
    }
    named += 1;
    alert(
      `The checkpoint ${before.id} of ${dateOf(before)} is no longer known to Auth0: it is older than the tenant's log retention. The export continued from the oldest logs that are left; what was logged between ${dateOf(before)} and ${after ? dateOf(after) : 'now'} and was not read before may be lost.`,
    );
  };
  const look = async (): Promise<void> => {
    if (!begin) return;
    pages = 0;
    stretch *= STRETCH_GROWTH;
    const [before, after] = [begin, end];
    const oldest = await oldestAfterExpiry(logs, before);
    begin = undefined;
    if (!oldest) return;
    stretch = 1;
    reportGap(before, after);
  };

  return {
    async onPage(before, page) {
      const isAtRisk = mayExpire(before);
      if (isAtRisk) {
        begin ??= before;
        end = page.logs[0];
        pages += 1;
      }
      if (isAtRisk ? pages >= stretch : pages > 0) await look().catch(() => {});
    },
    async onEnd() {
      const before = begin;
      await look().catch((error: unknown) => {
        // The run's end says nothing of the logs.
        if (isOutOfTime(error)) return;
        alert(
          `The run could not check whether logs after ${dateOf(before)} expired before they were read: ${describeError(error)}`,
        );
      });
    },
    reportGap,
    summarize() {
      if (unnamed.count === 0) return;
      alert(
        `${unnamed.count} more such gaps followed, the last one up to ${unnamed.until}: the tenant's logs expire faster than they are read.`,
      );
      unnamed.count = 0;
    },
  };
}

const dateOf = (log: ReadPosition | undefined): string => log?.date || 'an unknown date';
