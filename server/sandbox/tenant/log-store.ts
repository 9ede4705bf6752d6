import { composeLog, type GeneratedLogs, type LogType, logDetails } from './generate-logs';
import { dateDigits, logId } from './ids';
import type { RecordedLog, TenantLog } from './types';

/**
 * Every log of the tenant in the order of their ids: the generated ones, which take no memory, and after them
 * those that were written since. A position is counted from the first log ever written and never changes
 * when logs expire.
 */
export class LogStore {
  readonly #generated: GeneratedLogs | undefined;
  readonly #written: TenantLog[] = [];
  readonly #visibleFrom = new Map<string, number>();
  #oldest = 0;

  /**
   * @param now epoch milliseconds
   * @param lagMs how late the Management API answers a log that was written
   */
  constructor(
    logs: GeneratedLogs | readonly RecordedLog[] = [],
    private readonly now: () => number = Date.now,
    private readonly lagMs: () => number = () => 0,
  ) {
    if ('idAt' in logs) this.#generated = logs;
    // A recorded log may lack fields; the code that reads them expects that.
    else for (const log of logs) this.#put(log as TenantLog);
  }

  /** Logs ever written, the expired ones included. */
  get count(): number {
    return this.#generatedCount + this.#written.length;
  }

  /** Position of the oldest log that is still retained. */
  get oldest(): number {
    return this.#oldest;
  }

  at(position: number): TenantLog | undefined {
    if (position < 0 || position >= this.count) return undefined;
    if (position >= this.#generatedCount) return this.#written[position - this.#generatedCount];
    return this.#generated?.at(position);
  }

  typeAt(position: number): string | undefined {
    if (position >= this.#generatedCount) return this.at(position)?.type;
    return this.#generated?.typeAt(position);
  }

  idAt(position: number): string | undefined {
    if (position >= this.#generatedCount) return recordedIdOf(this.at(position));
    return this.#generated?.idAt(position);
  }

  /** Logs that the Management API knows by now: those before the first that it does not. */
  get visible(): number {
    if (this.#visibleFrom.size === 0) return this.count;
    const now = this.now();
    let hidden = this.count;
    for (const [id, from] of this.#visibleFrom) {
      if (from <= now) this.#visibleFrom.delete(id);
      else hidden = Math.min(hidden, this.#lowerBound(id));
    }
    return hidden;
  }

  /** Position of the retained log with this id, where the Management API knows it. */
  find(id: string): number | undefined {
    const position = this.#generated?.indexOf(id) ?? this.#lowerBound(id);
    const isThere = position >= this.#oldest && position < this.visible && this.idAt(position) === id;
    return isThere ? position : undefined;
  }

  /** Position of the oldest retained log after this id, whether or not there is a log with the id. */
  firstAfter(id: string): number {
    const position = this.#lowerBound(id);
    return Math.max(this.#oldest, this.idAt(position) === id ? position + 1 : position);
  }

  /** Keeps the order of ids, wherever the log belongs among those written since. */
  insert(log: TenantLog): void {
    this.#put(log);
    const lag = this.lagMs();
    if (lag > 0) this.#visibleFrom.set(log.log_id, this.now() + lag);
  }

  #put(log: TenantLog): void {
    const id = recordedIdOf(log);
    if (id === undefined) throw new Error('A log of the tenant has no id.');
    const position = this.#lowerBound(id);
    if (this.idAt(position) === id) throw new Error(`The tenant has a log ${id} already.`);
    if (position < this.#generatedCount) throw new Error(`${id} would stand among generated logs.`);
    this.#written.splice(position - this.#generatedCount, 0, log);
  }

  /** Forgets every log older than `id`. */
  expireBefore(id: string): void {
    this.expireTo(this.#lowerBound(id));
  }

  /** Forgets every log before `position`. */
  expireTo(position: number): void {
    this.#oldest = Math.max(this.#oldest, Math.min(position, this.count));
  }

  get #generatedCount(): number {
    return this.#generated?.count ?? 0;
  }

  /** Position of the first log whose id is not below `id`. */
  #lowerBound(id: string): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.idAt(middle) ?? '') < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Returns the id that orders a log: `log_id`, or the `_id` of a log that has no other. */
function recordedIdOf(log: TenantLog | undefined): string | undefined {
  return log?.log_id || log?._id || undefined;
}

/** What a log that says nothing of it is given. */
interface LogDefaults {
  now: number;
  userId: string | null | undefined;
}

/** The time of a date, or now where there is none or it is nonsense, as a log's may be in a test. */
function timeOf(date: unknown, now: number): number {
  const time = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isNaN(time) ? now : time;
}

/** Writes a log that is given in part, the rest made up, with the next id in order unless it brings its own. */
export function writeLog(book: LogStore, given: Partial<TenantLog>, defaults: LogDefaults): TenantLog {
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

/** Milliseconds from an event to the time in its log's id, as short as Auth0 was seen to take. */
const WRITE_DELAY_MS = 10;

/** Later than the last id, also for a log that is dated before the last one. */
function nextId(book: LogStore, at: number): string {
  const last = book.idAt(book.count - 1) ?? '';
  const lastTime = /^900\d{53}$/.test(last) ? last.slice(3, 20) : '';
  const [, latest = ''] = [dateDigits(at + WRITE_DELAY_MS), lastTime].sort();
  const id = logId(latest, book.count);
  return id > last ? id : `${last}0`;
}
