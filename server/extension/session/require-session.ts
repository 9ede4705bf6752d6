import type { Clock } from '../../../src/time/clock';
import type { Handler } from '../http/handler';
import { HttpError } from '../http/http-error';
import { readSession } from './read-session';

/**
 * Lets a handler be reached with a session only.
 *
 * @throws {HttpError} 401 `no_session`, from the handler that is returned
 */
export function requireSession(clock: Clock, handler: Handler): Handler {
  return async (request, response) => {
    const { installation } = response.locals.visit;
    if (!(await readSession(request.headers.cookie, installation, clock.now()))) {
      throw new HttpError(401, 'no_session', 'Sign in first: there is no session, or it has ended.');
    }
    await handler(request, response);
  };
}
