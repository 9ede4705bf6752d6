import { composeLog } from './compose-log';
import { dateDigits } from './date-digits';
import type { LogBook } from './log-book';
import { type LogType, logDetails } from './log-details';
import { logId } from './log-id';
import type { TenantLog } from './tenant-log';

/** What a log that says nothing of it is given. */
export interface LogDefaults {
  now: number;
  userId: string | undefined;
}

/** The time of a date, or now where there is none or it is nonsense, as a log's may be in a test. */
function timeOf(date: unknown, now: number): number {
  const time = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isNaN(time) ? now : time;
}

/** Writes a log that is given in part, the rest made up, with the next id in order unless it brings its own. */
export function writeLog(book: LogBook, given: Partial<TenantLog>, defaults: LogDefaults): TenantLog {
  const type = given.type ?? 's';
  const at = timeOf(given.date, defaults.now);
  const id = given.log_id ?? given._id ?? nextId(book, at);
  const userId = 'user_id' in given ? given.user_id : defaults.userId;
  const madeUp = composeLog({
    id,
    type: type in logDetails ? (type as LogType) : 's',
    at,
    position: book.count,
    userId: typeof userId === 'string' ? userId : undefined,
    userName: 'somebody@customer.example',
  });
  const log: TenantLog = { ...madeUp, type, ...given, log_id: id, _id: id };
  if (log.user_id === undefined) delete log.user_id;
  book.insert(log);
  return log;
}

/** Later than the last id, also for a log that is dated before the last one. */
function nextId(book: LogBook, at: number): string {
  const last = book.idAt(book.count - 1) ?? '';
  const lastTime = /^900\d{53}$/.test(last) ? last.slice(3, 20) : '';
  const [, latest = ''] = [dateDigits(at), lastTime].sort();
  const id = logId(latest, book.count);
  return id > last ? id : `${last}0`;
}
