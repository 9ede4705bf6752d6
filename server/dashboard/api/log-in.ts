import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { HttpError } from '../../extension/http/http-error';
import type { DashboardParts } from '../dashboard-parts';
import { LONGEST_PASSWORD } from '../door/longest-password';
import { parseInput } from './parse-input';

const input = v.object({ password: v.string() });

/** `POST /api/login`: opens the Dashboard with its password. */
export function logIn({ sessions, limit, isPassword }: DashboardParts): RequestHandler {
  return async (request, response) => {
    const address = request.socket.remoteAddress ?? '';
    const wait = limit.wait(address);
    if (wait > 0) {
      response.setHeader('retry-after', Math.ceil(wait / 1000));
      throw new HttpError(
        429,
        'too_many_tries',
        `There were too many wrong passwords. Try again in ${Math.ceil(wait / 60_000)} minutes.`,
      );
    }
    const { password } = parseInput(input, request.body);
    if (Buffer.byteLength(password) > LONGEST_PASSWORD) {
      limit.noteFailure(address);
      throw new HttpError(413, 'password_too_long', `A password has ${LONGEST_PASSWORD} bytes at most.`);
    }
    // Counted before it is looked at: a thousand tries at once are still a thousand.
    limit.noteFailure(address);
    if (isPassword && !(await isPassword(password))) {
      throw new HttpError(401, 'wrong_password', 'This is not the password of this Dashboard.');
    }
    limit.noteSuccess(address);
    response.setHeader('set-cookie', sessions.begin());
    response.status(204).end();
  };
}
