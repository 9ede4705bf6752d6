import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import * as v from 'valibot';
import { nameProblem } from '../../tenants/tenant-settings';
import type { TenantRow } from '../../tenants/tenant-store';
import { HttpError } from '../../web/http';
import type { Access } from '../access/access';
import type { Session } from '../access/sessions';
import type { DashboardDependencies } from '../dependencies';

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

/** There is no such tenant, or no such name. */
export const unknownTenant = (name: string): HttpError =>
  new HttpError(
    404,
    'unknown_tenant',
    nameProblem(name)
      ? 'There is no such tenant: a name has lower-case letters, digits and hyphens. Choose one from the list of all.'
      : `There is no tenant ${name}. It may have been removed. Choose one from the list of all.`,
  );

/** The name in a request's path. */
function nameOf({ params }: Pick<Request, 'params'>): string {
  const { name } = params;
  return typeof name === 'string' ? name : '';
}

/**
 * The tenant that a request's path names.
 *
 * @throws {HttpError} 404 `unknown_tenant`
 */
export async function needTenant(
  { registry }: Pick<DashboardDependencies['host'], 'registry'>,
  request: Pick<Request, 'params'>,
): Promise<TenantRow> {
  const name = nameOf(request);
  const tenant = nameProblem(name) ? undefined : await registry.find(name);
  if (!tenant) throw unknownTenant(name);
  return tenant;
}

/** More pages than there can be. */
const MOST_PAGES = 1_000_000;

/**
 * The page that a query asks for, from 1.
 *
 * @throws {HttpError} 400 `invalid_query`
 */
export function pageOf(query: URLSearchParams): number {
  const text = query.get('page') ?? '1';
  const page = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (page >= 1 && page <= MOST_PAGES) return page;
  throw new HttpError(400, 'invalid_query', 'page must be a whole number from 1.');
}
