import type { LogsClient } from 'auth0/logs';
import * as v from 'valibot';
import { logTypes } from '../choices/shape';
import { ExportError } from '../errors';
import { parseAuth0Date, timeInLogId } from './dates';
import { statusOf, unwrapError } from './errors';

/** Something that a log names: by its id, by its name or by both; each is empty where the log leaves it out. */
interface Named {
  id: string;
  name: string;
}

/** What the export uses of a tenant log; the rest of it, such as ip, user agent and details, is never kept. */
export interface Log {
  /** About 56 digits; sorts as text. */
  id: string;
  /** Auth0's abbreviation, such as `s`. */
  type: string;
  /** ISO 8601. */
  date: string;
  /** Empty where the log names no user. */
  userId: string;
  /** The application that the user logged in to; absent where the log names none. */
  client?: Named | undefined;
  connection?: Named | undefined;
  organization?: Named | undefined;
  /** Why the log cannot be exported although its type may be one that is; set only then. */
  unreadable?: string;
}

/** Characters of a `log_id` at most; Auth0's have up to 56. */
const MAX_LOG_ID_LENGTH = 128;
const MAX_USER_ID_LENGTH = 1_024;
const MAX_NAME_LENGTH = 1_024;

const identified = v.pipe(
  v.object({ log_id: v.nullish(v.string()), _id: v.nullish(v.string()) }),
  v.transform(({ log_id, _id }) => log_id || _id || ''),
  v.nonEmpty(),
  v.maxLength(MAX_LOG_ID_LENGTH),
);

const unknown = v.optional(v.unknown());
const fieldsOfEntry = v.object({ type: unknown, date: unknown, user_id: unknown });

const exported = v.object({
  type: v.string(),
  date: v.string(),
  user_id: v.nullish(v.pipe(v.string(), v.maxLength(MAX_USER_ID_LENGTH)), ''),
});

const text = v.fallback(v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH)), '');
const context = v.object({
  client_id: text,
  client_name: text,
  connection: text,
  connection_id: text,
  organization_id: text,
  organization_name: text,
});

const named = (id: string, name: string): Named | undefined =>
  id === '' && name === '' ? undefined : { id, name };

/** What a log says of where the user logged in; whatever of it is malformed counts as not said. */
function contextOf(entry: unknown): Pick<Log, 'client' | 'connection' | 'organization'> {
  const read = v.safeParse(context, entry);
  if (!read.success) return {};
  const { client_id, client_name, connection, connection_id, organization_id, organization_name } =
    read.output;
  return {
    client: named(client_id, client_name),
    connection: named(connection_id, connection),
    organization: named(organization_id, organization_name),
  };
}

/**
 * Returns what the export needs of one entry of a page of logs. A log of a type that is never exported needs only an
 * id and a type. A log that may have to be exported and can't be is marked as unreadable.
 *
 * @returns `undefined` for an entry without an id, which can't be named
 */
export function parseLog(entry: unknown): Log | undefined {
  const identity = v.safeParse(identified, entry);
  if (!identity.success) return undefined;
  const id = identity.output;
  const { type, user_id, ...fields } = v.parse(fieldsOfEntry, entry);
  const date = parseAuth0Date(fields.date) ?? timeInLogId(id);
  if (typeof type === 'string' && !logTypes.includes(type)) return { id, type, date: date ?? '', userId: '' };
  const log = v.safeParse(exported, { type, date, user_id });
  if (log.success) {
    return {
      id,
      type: log.output.type,
      date: log.output.date,
      userId: log.output.user_id,
      ...contextOf(entry),
    };
  }
  const names = log.issues.map((issue) => v.getDotPath(issue)).join(', ');
  return {
    id,
    type: typeof type === 'string' ? type : '',
    date: '',
    userId: '',
    ...contextOf(entry),
    unreadable: `The log cannot be understood: ${names} is missing, malformed or too long.`,
  };
}

const NEXT = /<([^>]+)>\s*;\s*rel="?next"?/;

/**
 * Returns the log id that an answer's `Link` header names as the start of the next page.
 *
 * @returns `undefined` if it names none, or one that no log id is as long as
 */
export function nextFrom(link: string | null): string | undefined {
  const url = NEXT.exec(link ?? '')?.[1];
  const next = url && URL.canParse(url) ? new URL(url).searchParams.get('from') : null;
  return next !== null && next !== undefined && next.length <= MAX_LOG_ID_LENGTH ? next : undefined;
}

/** One page of logs, oldest first, and where the next one is. */
export interface LogPage {
  logs: Log[];
  /** How many entries had no id, so that they could not even be named. */
  unidentified: number;
  /** The log id that Auth0 names as the start of the next page, if it names one. */
  next: string | undefined;
  /** Set for an empty page that names a later one: no log up to this id is left to read. */
  position?: string | undefined;
}

/** A log, or an id between two logs, up to which everything was read. */
export interface ReadPosition {
  id: string;
  /** ISO 8601; `null` or empty if it is not known. */
  date: string | null;
}

/** Returns the position after a page, or `undefined` if the page moves it nowhere. */
export function positionAfter({ logs, position }: LogPage): ReadPosition | undefined {
  return position === undefined ? logs.at(-1) : { id: position, date: timeInLogId(position) ?? '' };
}

/**
 * Parses an answer to a request for logs.
 *
 * @param body the parsed JSON
 * @param link the answer's `Link` header, whose `next` names the page after it
 * @throws {ExportError} `auth0_unexpected` when it is no list, or a list in which nothing is a log
 */
export function parseLogPage(body: unknown, link: string | null): LogPage {
  if (!Array.isArray(body)) {
    throw new ExportError(
      'auth0_unexpected',
      'Auth0 answered the request for logs with something that is not a list of logs. Nothing of it was sent.',
    );
  }
  const logs = body.map(parseLog).filter((log) => log !== undefined);
  if (logs.length === 0 && body.length > 0) {
    throw new ExportError(
      'auth0_unexpected',
      `Auth0 answered the request for logs with ${body.length} entries of which none has a log_id. Nothing of them was sent.`,
    );
  }
  return { logs, unidentified: body.length - logs.length, next: nextFrom(link) };
}

/** The most that Auth0 gives at once. */
export const PAGE_SIZE = 100;

/**
 * Asks for one page of logs.
 *
 * @param logs the Auth0 client
 * @param query by checkpoint (`from`, `take`), which its types do not know, or by search (`sort`, …)
 * @throws {ExportError} in words; the client's own error for 400, 404 and 414
 */
export async function getLogPage(logs: LogsClient, query: Record<string, string | number>): Promise<LogPage> {
  try {
    const page = await logs.list({ include_totals: false }, { queryParams: query });
    return parseLogPage(page.response, page.rawResponse.headers.get('link'));
  } catch (error) {
    throw unwrapError(error);
  }
}

/**
 * Asks for one log.
 *
 * @returns `undefined` where Auth0 does not know it: mistyped, or older than its retention
 * @throws {ExportError} in words
 */
export async function getLog(logs: LogsClient, id: string): Promise<Log | undefined> {
  try {
    const log = parseLog(await logs.get(id));
    if (log) return log;
    throw new ExportError(
      'auth0_unexpected',
      `Auth0 answered the request for the log ${id} with something that is not a log.`,
    );
  } catch (error) {
    const status = statusOf(error);
    if (status === 400 || status === 404 || status === 414) return undefined;
    throw unwrapError(error);
  }
}

/**
 * The oldest logs that the tenant still retains, a hundred at most, in order of their ids. Searching is limited
 * to 1,000 results, so it only finds the start; everything after it is read by checkpoint. It follows dates, and
 * checkpoints follow ids: between these logs there may be others by id, which are dated later.
 *
 * @returns none where the tenant has no logs
 * @throws {ExportError} in words
 */
export async function findOldestLogs(logs: LogsClient): Promise<Log[]> {
  const page = await getLogPage(logs, { sort: 'date:1', per_page: PAGE_SIZE, page: 0 });
  return page.logs.sort((one, other) => (one.id < other.id ? -1 : 1));
}
