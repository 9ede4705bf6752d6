import { LogsClient } from 'auth0/logs';
import { createManagementAuth } from 'auth0/management';
import { UsersClient } from 'auth0/users';
import { ExportError } from '../errors/export-error';
import type { Clock } from '../time/clock';
import type { Deadline } from '../time/deadline';
import { createPageLinks, type PageLinks } from './page-links';
import { createTenantFetch } from './tenant-fetch';
import { tenantUrl } from './tenant-url';

/** The parts of the Management API that the export uses. */
export interface Tenant {
  logs: LogsClient;
  users: UsersClient;
  links: PageLinks;
}

/** What a tenant is reached with. */
export interface TenantOptions {
  domain: string;
  clientId: string;
  clientSecret: string;
  fetch: typeof fetch;
  clock: Clock;
  deadline: Deadline;
  random: () => number;
  /** Takes secrets out of what Auth0 says. */
  redact: (text: string) => string;
  /** Called for each request that is sent, with `token`, `logs` or `users`. */
  onRequest: (resource: string) => void;
  /** Called with every access token received, so that it can be kept out of all output. */
  onToken: (token: string) => void;
}

/** Joins the Auth0 clients with the run's token, pacing, retries and deadline. */
export function createTenant(options: TenantOptions): Tenant {
  const { domain, clientId, clientSecret, onToken } = options;
  const links = createPageLinks();
  const makeAuth = () => createManagementAuth({ domain, clientId, clientSecret, fetch: tenantFetch });
  let auth: ReturnType<typeof makeAuth> | undefined;
  const getToken = async () => {
    auth ??= makeAuth();
    const token: unknown = await auth.getToken();
    if (typeof token !== 'string' || token === '') {
      auth = undefined;
      throw new ExportError(
        'auth0_unexpected',
        `${domain} answered the request for an access token without one. Check AUTH0_DOMAIN: something other than Auth0 seems to answer there.`,
      );
    }
    onToken(token);
    return token;
  };
  // Requests that are refused together share one new token.
  let renewing: Promise<string> | undefined;
  const renewToken = () => {
    renewing ??= (async () => {
      auth = undefined;
      return getToken();
    })().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  const tenantFetch = createTenantFetch({ ...options, renewToken, onHead: links.note });
  const clientOptions = {
    baseUrl: `${tenantUrl(domain)}/api/v2`,
    token: getToken,
    fetch: tenantFetch,
    maxRetries: 0,
    // The client's own timer would outlive a failed request by a minute; nobody listens to it.
    timeoutInSeconds: 0,
  };
  return { logs: new LogsClient(clientOptions), users: new UsersClient(clientOptions), links };
}
