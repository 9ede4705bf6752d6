/** An endpoint of the tenant; `other` is everything that it does not serve. */
export type TenantEndpoint = 'token' | 'logs' | 'log' | 'user-search' | 'user' | 'client' | 'other';

/** Requests by endpoint, faulty ones included. */
export type EndpointCounts = Record<TenantEndpoint, number>;

/** How often each endpoint was called and each status answered. */
export class RequestCounts implements EndpointCounts {
  token = 0;
  logs = 0;
  log = 0;
  'user-search' = 0;
  user = 0;
  client = 0;
  other = 0;
  statuses: Record<number, number> = {};

  reset(): void {
    Object.assign(this, new RequestCounts());
  }
}
