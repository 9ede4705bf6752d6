import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import * as v from 'valibot';
import type { Host } from '../../runs/host';
import { TenantError } from '../../tenants/registry';
import type { TenantRow } from '../../tenants/tenant-store';
import { HttpError } from '../../web/http';
import type { Access } from '../access/access';
import type { Session } from '../access/sessions';

/** The name in the path of a request. */
const nameOf = ({ params }: Request): string => String(params.name ?? '');

/**
 * The tenant that a request is about.
 *
 * @throws {HttpError} 404 `unknown_tenant`
 */
export async function needTenant({ registry }: Pick<Host, 'registry'>, request: Request): Promise<TenantRow> {
  const tenant = await registry.find(nameOf(request));
  if (tenant) return tenant;
  throw new HttpError(
    404,
    'unknown_tenant',
    `There is no tenant ${JSON.stringify(nameOf(request).slice(0, 63))}. It may have been removed.`,
  );
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
 * The number of a page in a request's query.
 *
 * @returns from 1
 * @throws {HttpError} 400 `invalid_query`
 */
export function pageOf(query: URLSearchParams): number {
  const text = query.get('page') ?? '1';
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new HttpError(
    400,
    'invalid_query',
    `page is ${JSON.stringify(text.slice(0, 40))}. It must be a whole number from 1 to 999999.`,
  );
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

/** What was entered for a tenant cannot be used: says what is wrong with each setting. */
export class InvalidTenant extends HttpError {
  /** @param problems sentences by the names of settings, or `name`, `schedule`, `timeZone` */
  constructor(
    message: string,
    readonly problems: Readonly<Record<string, string>>,
  ) {
    super(422, 'invalid_settings', message);
  }
}

/** A refusal by the registry, as an answer; anything else as it is. */
export function toTenantRefusal(error: unknown): unknown {
  if (!(error instanceof TenantError)) return error;
  const { code, message, problems } = error;
  if (code === 'invalid' || code === 'name_taken') return new InvalidTenant(message, problems);
  return code === 'unknown'
    ? new HttpError(404, 'unknown_tenant', message)
    : new HttpError(409, 'read_only', message);
}
