import type { LogsClient } from 'auth0/logs';
import { statusOf } from '../auth0/errors';
import {
  findOldestLogs,
  getLog,
  type Log,
  type LogPage,
  positionAfter,
  type ReadPosition,
} from '../auth0/logs';
import { readLogs } from '../auth0/read-logs';
import { ExportError } from '../errors';
import type { RunState } from '../storage/run-state';
import {
  oldestAfterExpiry,
  type RetentionWatch,
  SHORTEST_RETENTION_MS,
  watchRetention,
} from './watch-retention';

/** Searches for the oldest logs in one run: a tenant that forgets its logs more often is not worth a wait. */
const MOST_SEARCHES = 20;

/** Where a run begins to read. */
export type Start =
  /** With this log itself, because START_FROM says so. */
  | { kind: 'startFrom'; id: string }
  | {
      kind: 'checkpoint';
      id: string;
      /** ISO 8601 date of the log at the checkpoint, where it is known. */
      date: string | null;
      /** Milliseconds since 1970 when a run last read everything there was; `null` where it is not known. */
      caughtUpAt: number | null;
    }
  | { kind: 'oldest' };

interface ReadOptions {
  logs: LogsClient;
  /** Sends what the reading can do without; its requests fail soon. */
  bestEffort: { logs: LogsClient };
  /** Milliseconds since 1970. */
  now: number;
  /** `false` ends the reading early. */
  mayGoOn: () => boolean;
  /** Called with what an administrator must know: logs that are or may be lost, pages that lead nowhere. */
  alert: (message: string) => void;
}

/** One run's reading. */
interface Reading extends ReadOptions {
  watch: RetentionWatch;
}

const pageOf = (logs: Log[]): LogPage => ({ logs, unidentified: 0, next: undefined });

/** Whether an error says that Auth0 does not know the log that a page was asked from. */
const saysGone = (error: unknown): boolean => statusOf(error) !== undefined;

/** Returns true if Auth0 returns the log of a position. No answer counts as no: the oldest logs then decide. */
const isKnown = ({ id }: ReadPosition, { bestEffort }: Reading): Promise<boolean> =>
  getLog(bestEffort.logs, id).then(
    (log) => log !== undefined,
    () => false,
  );

const inOrder = (one: Log, other: Log): number => (one.id < other.id ? -1 : 1);

/**
 * The logs to try to go on from, oldest first, of those that a search found: the newest that is done already,
 * if there is one, else the oldest; then ever younger ones.
 */
function startsAmong(found: readonly Log[], passed: string): Log[] {
  const open = found.findIndex((log) => log.id > passed);
  const first = open < 0 ? found.length - 1 : Math.max(0, open - 1);
  const last = found.length - 1;
  const indexes = [0, 1 / 8, 1 / 2, 1].map((part) => first + Math.floor((last - first) * part));
  return [...new Set(indexes)].flatMap((index) => found[index] ?? []);
}

/**
 * The chain of pages after the first of these logs that Auth0 still knows.
 *
 * @param onLost called with the last error where it knows none of them, or one expires under way
 */
async function* readAfterFirstKnown(
  starts: readonly Log[],
  reading: Reading,
  onLost: (error: unknown) => void,
): AsyncGenerator<LogPage> {
  for (const [tried, start] of starts.entries()) {
    let hasRead = false;
    try {
      for await (const page of readLogs(start.id, reading)) {
        hasRead = true;
        yield page;
      }
      return;
    } catch (error) {
      if (!saysGone(error)) throw error;
      if (!hasRead && tried < starts.length - 1 && reading.mayGoOn()) continue;
      onLost(error);
      return;
    }
  }
}

/**
 * From the oldest logs that are still retained, those included, as far as they are newer than `passed`; and from
 * the oldest ones left again, whenever the log to go on from expires under way.
 *
 * A search finds the hundred oldest logs by date, while pages by checkpoint follow ids. By id the hundred need
 * not be without holes: a log that lies between two of them may be dated later than all of them. So they are not
 * taken as a page of their own, after which to go on. The chain of pages, which has no holes, starts as early
 * among the hundred as Auth0 still lets it: after the oldest, which by now may have expired, else after younger
 * ones. What was found is held and merged into the pages, each log up to the end of a page with that page: so
 * what expired since it was found is delivered all the same, everything comes in order of ids and once, and the
 * checkpoint passes nothing that the chain, or another search, could still bring. Where a gone log is answered
 * with the oldest ones left, the same holds: those found fill the hole before them.
 *
 * @param alreadyFound the result of a search that was just made
 */
async function* readFromOldest(
  passedAtFirst: ReadPosition | undefined,
  reading: Reading,
  mayHaveLost: boolean,
  alreadyFound?: Log[],
): AsyncGenerator<LogPage> {
  const { logs, watch, mayGoOn } = reading;
  let passed = passedAtFirst;
  let held: Log[] = [];
  let oldestBefore: string | undefined;
  let isGapPossible = mayHaveLost;
  let lost: { error: unknown } | undefined;
  for (let searches = 0; searches < MOST_SEARCHES; searches += 1) {
    if (searches > 0 && !mayGoOn()) return;
    const found = searches === 0 && alreadyFound ? alreadyFound : await findOldestLogs(logs);
    const oldest = found[0];
    // Nothing has changed, so that asking again would change nothing.
    if (lost && oldest?.id === oldestBefore) throw lost.error;
    oldestBefore = oldest?.id;
    const hasLost = lost !== undefined;
    lost = undefined;
    const before = held.at(-1) ?? passed;
    if (before && isGapPossible && oldest && oldest.id > before.id) watch.reportGap(before, oldest);
    // What was logged last has expired as well, so that no younger log shows how far the loss reaches.
    if (before && hasLost && !oldest) watch.reportGap(before, undefined);
    const done = passed?.id ?? '';
    const known = new Map([...held, ...found].map((log) => [log.id, log]));
    held = [...known.values()].filter((log) => log.id > done).sort(inOrder);

    const chain = readAfterFirstKnown(startsAmong(found, done), reading, (error) => {
      lost = { error };
    });
    for await (const page of chain) {
      const last = positionAfter(page)?.id ?? '';
      const first = page.logs[0]?.id ?? '';
      const read = new Set(page.logs.map((log) => log.id));
      // A page that brings one of those held joins them without a gap.
      if (page.logs.length > 0 && !held.some((log) => read.has(log.id))) {
        const latest = held.filter((log) => log.id < first).at(-1) ?? passed;
        if (latest) await watch.onPage(latest, page);
      }
      const due = held.filter((log) => log.id <= last && !read.has(log.id));
      held = held.filter((log) => log.id > last);
      const open = [...due, ...page.logs.filter((log) => log.id > done)].sort(inOrder);
      const position = page.position !== undefined && page.position > done ? page.position : undefined;
      const merged: LogPage = { ...page, logs: open, position };
      passed = positionAfter(merged) ?? passed;
      yield merged;
    }
    await watch.onEnd();
    if (!lost) {
      // Where the time was up, the chain has not come to what may lie between these.
      if (held.length > 0 && mayGoOn()) yield pageOf(held);
      return;
    }
    isGapPossible = true;
  }
  if (held.length > 0) yield pageOf(held);
  throw new ExportError(
    'logs_expire',
    `Auth0 forgot the log to go on from ${MOST_SEARCHES} times in this run: the tenant's logs expire faster than they can be read. What was read was sent; the next run resumes from its checkpoint.`,
  );
}

/** Has the pages after a passed log looked at by the watch. */
async function* watched(
  pages: AsyncIterable<LogPage>,
  passed: ReadPosition,
  { watch }: Reading,
): AsyncGenerator<LogPage> {
  let before = passed;
  for await (const page of pages) {
    if (page.logs.length > 0) await watch.onPage(before, page);
    before = page.logs.at(-1) ?? before;
    yield page;
  }
  await watch.onEnd();
}

/**
 * Reads the logs after a position. If Auth0 no longer knows it, or a later one that the reading came to, the oldest
 * retained logs follow.
 */
async function* readAfter(
  start: ReadPosition,
  reading: Reading,
  mayHaveLost: boolean,
): AsyncGenerator<LogPage> {
  let passed = start;
  let circle: string | undefined;
  try {
    const chain = readLogs(start.id, {
      ...reading,
      alert: (message) => {
        circle = message;
      },
    });
    for await (const page of mayHaveLost ? watched(chain, start, reading) : chain) {
      passed = positionAfter(page) ?? passed;
      yield page;
    }
    if (circle === undefined) return;
    // Auth0 may return the oldest logs for a position that it does not know.
    if (passed !== start || (await isKnown(start, reading))) {
      reading.alert(circle);
      return;
    }
  } catch (error) {
    if (!saysGone(error)) throw error;
    // A log that is still known makes the error one that it does not explain.
    if (await isKnown(passed, reading)) throw error;
  }
  yield* readFromOldest(passed, reading, mayHaveLost || passed !== start);
}

async function* readFromStartFrom(id: string, reading: Reading): AsyncGenerator<LogPage> {
  const log = await getLog(reading.logs, id);
  if (!log) {
    throw new ExportError(
      'start_from_unknown',
      `Auth0 does not know the log that START_FROM names, ${JSON.stringify(id.slice(0, 100))}: it is mistyped, or older than the tenant's log retention.`,
    );
  }
  yield pageOf([log]);
  yield* readAfter(log, reading, true);
}

async function* readFromCheckpoint(
  { id, date, caughtUpAt }: Extract<Start, { kind: 'checkpoint' }>,
  reading: Reading,
): AsyncGenerator<LogPage> {
  // What Auth0 answers for a checkpoint older than its retention is not documented: an error, or simply the
  // oldest logs left. Where everything was read less than a day ago, neither can hide a loss.
  const mayHaveLost = caughtUpAt === null || reading.now - caughtUpAt > SHORTEST_RETENTION_MS;
  const passed = { id, date };
  // Without an answer, the pages after it show whether Auth0 still knows it.
  const oldest = mayHaveLost
    ? await oldestAfterExpiry(reading.bestEffort.logs, passed).catch(() => undefined)
    : undefined;
  yield* oldest ? readFromOldest(passed, reading, true, oldest) : readAfter(passed, reading, mayHaveLost);
}

/** Reads from wherever the run begins; throws the client's own error for 400, 404 and 414. */
async function* readFrom(start: Start, reading: Reading): AsyncGenerator<LogPage> {
  switch (start.kind) {
    case 'startFrom':
      yield* readFromStartFrom(start.id, reading);
      break;
    case 'checkpoint':
      yield* readFromCheckpoint(start, reading);
      break;
    case 'oldest':
      yield* readFromOldest(undefined, reading, false);
  }
}

/**
 * Reads the logs that are outstanding for a run, from its start.
 *
 * @throws {ExportError} with a description
 */
export async function* readOutstandingLogs(start: Start, options: ReadOptions): AsyncGenerator<LogPage> {
  const watch = watchRetention({ ...options, logs: options.bestEffort.logs });
  try {
    yield* readFrom(start, { ...options, watch });
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    throw new ExportError(
      'auth0_unexpected',
      `Auth0 returned ${status} when reading logs, for a request that it ought to understand.`,
      error,
    );
  } finally {
    watch.summarize();
  }
}

/** When a run last read everything there was, by its start; `null` where that is not known for certain. */
function caughtUpAt({ caughtUp }: RunState): number | null {
  const start = caughtUp?.isProven ? Date.parse(caughtUp.start) : Number.NaN;
  return Number.isNaN(start) ? null : start;
}

/**
 * Where a run begins: with the log that START_FROM names, unless that was acted on already; else after the
 * checkpoint; else with the oldest log there is.
 */
export function findStart(state: RunState, startFrom: string): Start {
  if (startFrom !== '' && startFrom !== state.startFrom) return { kind: 'startFrom', id: startFrom };
  if (!state.checkpointId) return { kind: 'oldest' };
  return {
    kind: 'checkpoint',
    id: state.checkpointId,
    date: state.checkpointDate,
    caughtUpAt: caughtUpAt(state),
  };
}
