import type { LogsClient } from 'auth0/logs';
import { ExportError } from '../errors/export-error';
import type { Log } from './log';
import { parseLog } from './parse-log';
import { statusOf } from './status-of';
import { unwrapError } from './unwrap-error';

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
      `Auth0 answered the request for the log ${id} with something that is not a log. The next run asks again.`,
    );
  } catch (error) {
    const status = statusOf(error);
    if (status === 400 || status === 404 || status === 414) return undefined;
    throw unwrapError(error);
  }
}
