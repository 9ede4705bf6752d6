import type { TenantState } from '../api/view';

/** A page, as its address names it. */
export type Route =
  | { page: 'tenants'; search: string; state: TenantState | ''; number: number }
  | {
      page: 'tenant';
      name: string;
      /** Id of the run whose details are open; empty where none is. */
      run: string;
    }
  | { page: 'extensions' }
  | { page: 'workers' };

const STATES: readonly TenantState[] = ['failing', 'overdue', 'behind', 'catching-up', 'new', 'ok', 'off'];

/** All tenants, without a filter. */
export const allTenants: Route = { page: 'tenants', search: '', state: '', number: 1 };

/**
 * The page that the part of an address after `#` names; the first where it names none.
 *
 * @param hash such as `#/tenants/acme/runs/7`
 */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [kind, name, , run] = path.split('/').map(decodeSafely);
  if (kind === 'extensions' || kind === 'workers') return { page: kind };
  if (kind === 'tenants' && name) return { page: 'tenant', name, run: run ?? '' };
  const wanted = new URLSearchParams(query);
  const number = Number(wanted.get('page'));
  return {
    page: 'tenants',
    search: wanted.get('search') ?? '',
    state: STATES.find((state) => state === wanted.get('state')) ?? '',
    number: Number.isInteger(number) && number > 0 ? number : 1,
  };
}

/** Somebody may have typed the address. */
function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The part of an address that names a page. */
export function hashOf(route: Route): string {
  if (route.page === 'extensions' || route.page === 'workers') return `#/${route.page}`;
  if (route.page === 'tenant') {
    const tenant = `#/tenants/${encodeURIComponent(route.name)}`;
    return route.run ? `${tenant}/runs/${encodeURIComponent(route.run)}` : tenant;
  }
  const query = new URLSearchParams();
  if (route.search) query.set('search', route.search);
  if (route.state) query.set('state', route.state);
  if (route.number > 1) query.set('page', String(route.number));
  return query.size > 0 ? `#/?${query}` : '#/';
}

/** The address of a tenant's page. */
export const tenantHash = (name: string) => hashOf({ page: 'tenant', name, run: '' });
