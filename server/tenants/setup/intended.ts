import { isLoopback } from '../../../src/http/address';
import { HostError } from '../../errors';

/** What the application may do with the Management API: exactly what an export asks for. */
export const GRANTED_SCOPES = ['read:logs', 'read:users'] as const;

/** The categories of logs that are exported, as a log stream's filters name them. */
export const FILTER_CATEGORIES = ['auth.login.success', 'auth.login.fail', 'auth.signup.success'] as const;

/** How Auth0's webhook posts. */
export const CONTENT = { format: 'JSONARRAY', type: 'application/json' } as const;

/** What the application and the log stream of a tenant are called in Auth0. */
export const nameInAuth0 = (tenant: string): string => `Auth0 Logs to Segment (${tenant})`;

/** What shows that an application was made here, and for which tenant. */
export const markOf = (tenant: string): Record<string, string> => ({
  made_by: 'auth0-logs-to-segment',
  tenant,
});

/** Identifier of a tenant's Management API. */
export const audienceOf = (domain: string): string => `https://${domain}/api/v2/`;

/** How the application is made. */
export const applicationOf = (tenant: string) => ({
  name: nameInAuth0(tenant),
  description: 'Reads logs and users for Auth0 Logs to Segment.',
  app_type: 'non_interactive' as const,
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'client_secret_post' as const,
  client_metadata: markOf(tenant),
});

/** What the log stream sends as Authorization. */
export const authorizationOf = (token: string): string => `Bearer ${token}`;

/**
 * Where a tenant's log stream posts to.
 *
 * @param url where Auth0 reaches the exporter, with or without the path of the tenant
 * @param what it is called where it was entered
 * @throws {HostError} where Auth0 would not post there
 */
export function pushEndpoint(url: string, tenant: string, what = '--push'): string {
  const refuse = (why: string) =>
    new HostError(
      `${what} is ${JSON.stringify(url.slice(0, 200))}, ${why}. Give the address where Auth0 reaches this exporter, such as https://exporter.example.com.`,
      78,
    );
  if (!URL.canParse(url)) throw refuse('which is no address');
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && isLoopback(parsed.hostname))) {
    throw refuse('and Auth0 posts to https only');
  }
  if (parsed.username || parsed.password || parsed.search || parsed.hash) {
    throw refuse('and must have neither credentials nor anything behind its path');
  }
  const path = parsed.pathname.replace(/\/+$/, '');
  const own = `/log-streams/${tenant}`;
  return `${parsed.origin}${path.endsWith(own) ? path : `${path}${own}`}`;
}
