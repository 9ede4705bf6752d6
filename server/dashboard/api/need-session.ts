import type { IncomingMessage } from 'node:http';
import { HttpError } from '../../extension/http/http-error';
import type { Access } from '../door/create-access';
import type { Session } from '../door/create-sessions';

/**
 * The session of a request.
 *
 * @throws {HttpError} 401 `locked`
 */
export function needSession(access: Access, request: IncomingMessage): Session {
  const session = access.sessionOf(request);
  if (session) return session;
  throw new HttpError(401, 'locked', 'Enter the password of the Dashboard first.');
}
