import type { TenantEndpoint } from './request-counts';

const API = '/api/v2/';

/** The endpoint that serves a request. */
export function endpointOf(method: string, path: string): TenantEndpoint {
  if (path === '/oauth/token') return method === 'POST' ? 'token' : 'other';
  if (!path.startsWith(API)) return 'other';
  const [collection, id, ...rest] = path.slice(API.length).split('/');
  if (rest.length > 0 || id === '') return 'other';
  if (method === 'DELETE') return collection === 'clients' && id !== undefined ? 'client' : 'other';
  if (method !== 'GET') return 'other';
  if (collection === 'logs') return id === undefined ? 'logs' : 'log';
  if (collection === 'users') return id === undefined ? 'user-search' : 'user';
  return 'other';
}
