import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import type { Host } from '../../runs/host';
import type { Installed } from '../../tenants/tenants';
import { HttpError } from '../../web/http';
import type { Access } from '../access/access';
import type { Session } from '../access/sessions';

/**
 * What is installed.
 *
 * @throws {HttpError} 409 `not_installed`
 */
export function needInstalled({ installed }: Pick<Host, 'installed'>): Installed {
  if (installed) return installed;
  throw new HttpError(409, 'not_installed', 'The extension is not installed. Install it first.');
}

/**
 * Reads what a browser sent.
 *
 * @throws {HttpError} 400 `invalid_input`, saying where
 */
export function parseInput<Output>(schema: v.GenericSchema<unknown, Output>, body: unknown): Output {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const where = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the body').join(', ');
  throw new HttpError(400, 'invalid_input', `What was sent cannot be used: look at ${where}.`);
}

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
