import type { LogsClient } from 'auth0/logs';
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
    return parseLog(await logs.get(id));
  } catch (error) {
    const status = statusOf(error);
    if (status === 400 || status === 404 || status === 414) return undefined;
    throw unwrapError(error);
  }
}
