import type { LogsClient } from 'auth0/logs';
import { statusOf } from '../auth0/errors';
import { findOldestLogs, getLog, getLogPage, type Log, PAGE_SIZE } from '../auth0/logs';
import { ExportError } from '../errors';

/** Where somebody wants the export to start. */
export type StartPoint =
  /** With the oldest log that Auth0 still has. */
  | { kind: 'oldest' }
  /** With the newest log that there is. */
  | { kind: 'now' }
  /** With the first log of this moment or later, in milliseconds since 1970. */
  | { kind: 'at'; at: number }
  /** With the log of this id. */
  | { kind: 'log'; id: string };

/** The log that a start point comes to. */
export interface FoundStart {
  /** As START_FROM takes it. */
  id: string;
  /** ISO 8601. */
  date: string;
  /** Whether a date was asked for from which Auth0 has no logs any more, so that this is the oldest left. */
  isOldestLeft: boolean;
}

/** The first of some logs by id: everything that is read by checkpoint follows ids. */
const firstById = (logs: readonly Log[]): Log | undefined =>
  logs.reduce<Log | undefined>((first, log) => (first && first.id < log.id ? first : log), undefined);

/** The oldest logs of a moment or later. A search finds 1,000 logs at most, of which the first hundred are enough. */
async function findLogsSince(logs: LogsClient, at: number): Promise<Log[]> {
  const since = new Date(at).toISOString();
  const page = await getLogPage(logs, {
    q: `date:[${since} TO *]`,
    sort: 'date:1',
    per_page: PAGE_SIZE,
    page: 0,
  });
  return page.logs;
}

async function find(logs: LogsClient, point: StartPoint): Promise<FoundStart | undefined> {
  const found = (log: Log | undefined, isOldestLeft = false): FoundStart | undefined =>
    log && { id: log.id, date: log.date, isOldestLeft };
  switch (point.kind) {
    case 'oldest':
      return found(firstById(await findOldestLogs(logs)));
    case 'now':
      return found((await getLogPage(logs, { sort: 'date:-1', per_page: 1, page: 0 })).logs[0]);
    case 'at': {
      const since = firstById(await findLogsSince(logs, point.at));
      const [oldest] = since ? await findOldestLogs(logs) : [];
      return found(since, oldest !== undefined && Date.parse(oldest.date) > point.at);
    }
    case 'log':
      return found(await getLog(logs, point.id));
  }
}

/**
 * Finds the log with which the export is to start.
 *
 * @returns `undefined` where Auth0 has none
 * @throws {ExportError} in words
 */
export async function findStartPoint(logs: LogsClient, point: StartPoint): Promise<FoundStart | undefined> {
  try {
    return await find(logs, point);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    const reason = `Auth0 returned ${status} when looking for the log to start with.`;
    throw new ExportError('auth0_unexpected', reason, error);
  }
}
