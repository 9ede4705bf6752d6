import { ExportError } from '../errors/export-error';
import type { Log } from './log';
import { nextFrom } from './next-from';
import { parseLog } from './parse-log';

/** One page of logs, oldest first, and where the next one is. */
export interface LogPage {
  logs: Log[];
  /** How many entries had no id, so that they could not even be named. */
  unidentified: number;
  /** The log id that Auth0 says to ask for newer logs from, where it says so. */
  next: string | undefined;
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
      'Auth0 answered the request for logs with something that is not a list of logs. Nothing was exported from it; the next run asks again.',
    );
  }
  const logs = body.map(parseLog).filter((log) => log !== undefined);
  if (logs.length === 0 && body.length > 0) {
    throw new ExportError(
      'auth0_unexpected',
      `Auth0 answered the request for logs with ${body.length} entries of which none has a log_id. Nothing was exported from them; the next run asks again.`,
    );
  }
  return { logs, unidentified: body.length - logs.length, next: nextFrom(link) };
}
