import type { LogsClient } from 'auth0/logs';
import { findOldestLog } from '../auth0/find-oldest-log';
import { getLog } from '../auth0/get-log';
import type { Log } from '../auth0/log';
import type { PageLinks } from '../auth0/page-links';
import type { LogPage } from '../auth0/parse-log-page';
import { readLogs } from '../auth0/read-logs';
import { statusOf } from '../auth0/status-of';
import { ExportError } from '../errors/export-error';

/** The shortest time that any Auth0 subscription keeps logs, less a margin: 1 day. */
const SHORTEST_RETENTION_MS = 20 * 60 * 60 * 1000;

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

/** What outstanding logs are read with. */
export interface ReadOptions {
  logs: LogsClient;
  links: PageLinks;
  now: number;
  /** `false` ends the reading early. */
  mayGoOn: () => boolean;
  /** Called when logs between the checkpoint and the oldest retained one may be lost, with that in words. */
  onGap: (message: string) => void;
}

const alone = (log: LogPage['logs'][number]): LogPage => ({ logs: [log], unidentified: 0, next: undefined });

async function* readFromStartFrom(id: string, options: ReadOptions): AsyncGenerator<LogPage> {
  const log = await getLog(options.logs, id);
  if (!log) {
    throw new ExportError(
      'start_from_unknown',
      `START_FROM is ${JSON.stringify(id.slice(0, 100))}, a log that Auth0 does not know: it is mistyped, or older than the tenant's log retention. Correct it, or clear START_FROM to go on from the checkpoint.`,
    );
  }
  yield alone(log);
  yield* readLogs(log.id, options);
}

/** From the oldest log that is still retained, that log included. */
async function* readFromOldest(
  options: ReadOptions,
  onOldest: (oldest: Log) => void,
): AsyncGenerator<LogPage> {
  const oldest = await findOldestLog(options.logs);
  if (!oldest) return;
  onOldest(oldest);
  yield alone(oldest);
  yield* readLogs(oldest.id, options);
}

async function* readFromCheckpoint(
  { id, date, caughtUpAt }: Extract<Start, { kind: 'checkpoint' }>,
  options: ReadOptions,
): AsyncGenerator<LogPage> {
  const { logs, now, onGap } = options;
  // What Auth0 answers for a checkpoint older than its retention is not documented: an error, or simply the
  // oldest logs left. Where everything was read less than a day ago, neither can hide a loss.
  const mayHaveLost = caughtUpAt === null || now - caughtUpAt > SHORTEST_RETENTION_MS;
  let isKnown = !mayHaveLost || (await getLog(logs, id)) !== undefined;
  if (isKnown) {
    let hasRead = false;
    try {
      for await (const page of readLogs(id, options)) {
        hasRead = true;
        yield page;
      }
      return;
    } catch (error) {
      if (statusOf(error) === undefined) throw error;
      isKnown = hasRead || (await getLog(logs, id)) !== undefined;
      if (isKnown) throw error;
    }
  }
  const left = readFromOldest(options, (oldest) => {
    if (!mayHaveLost || oldest.id <= id) return;
    const since = date ? ` of ${date}` : '';
    onGap(
      `The checkpoint ${id}${since} is no longer known to Auth0: it is older than the tenant's log retention. The export went on from the oldest log that is left, of ${oldest.date || 'an unknown date'}; what was logged between the two is gone and was not exported.`,
    );
  });
  // Ids sort as text. Where older logs are left after all, they are done: Segment would not recognise them.
  for await (const page of left) yield { ...page, logs: page.logs.filter((log) => log.id > id) };
}

/** Reads from wherever the run begins; throws the client's own error for 400, 404 and 414. */
async function* readFrom(start: Start, options: ReadOptions): AsyncGenerator<LogPage> {
  switch (start.kind) {
    case 'startFrom':
      yield* readFromStartFrom(start.id, options);
      break;
    case 'checkpoint':
      yield* readFromCheckpoint(start, options);
      break;
    case 'oldest':
      yield* readFromOldest(options, () => {});
  }
}

/**
 * Reads the logs that a run is to look at, wherever it has to begin.
 *
 * @throws {ExportError} in words
 */
export async function* readOutstandingLogs(start: Start, options: ReadOptions): AsyncGenerator<LogPage> {
  try {
    yield* readFrom(start, options);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    throw new ExportError(
      'auth0_unexpected',
      `Auth0 answered ${status} for reading logs, for a request that it ought to understand. The next run tries again.`,
      error,
    );
  }
}
