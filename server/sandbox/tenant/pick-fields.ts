import type { TenantUser } from './tenant-user';

/** A profile as `fields` and `include_fields` ask for it. */
export function pickFields(user: TenantUser, query: URLSearchParams): Record<string, unknown> {
  const fields = query.get('fields');
  if (fields === null || fields === '') return user;
  const named = new Set(fields.split(','));
  const wanted = query.get('include_fields') !== 'false';
  return Object.fromEntries(Object.entries(user).filter(([name]) => named.has(name) === wanted));
}
