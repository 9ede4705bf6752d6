import { LogsClient } from 'auth0/logs';
import { UsersClient } from 'auth0/users';
import type { Clock } from '../time/clock';
import type { Deadline } from '../time/deadline';
import { type AccessToken, createAccessToken } from './access-token';
import { createTenantFetch } from './tenant-fetch';
import { tenantUrl } from './tenant-url';

/** The parts of the Management API that the export uses. */
export interface Tenant {
  logs: LogsClient;
  users: UsersClient;
}

/** What a tenant is reached with. */
export interface TenantOptions {
  domain: string;
  clientId: string;
  clientSecret: string;
  /** What this process keeps of the tenant's access token; without it, each run asks for its own. */
  accessToken?: AccessToken;
  fetch: typeof fetch;
  clock: Clock;
  deadline: Deadline;
  random: () => number;
  /** Takes secrets out of what Auth0 says. */
  redact: (text: string) => string;
  /** Called for each request that is sent, with `token`, `logs` or `users`. */
  onRequest: (resource: string) => void;
  /** Called with every access token that the run works with, so that it can be kept out of all output. */
  onToken: (token: string) => void;
}

/** What a client of the Management API is made with: the tenant's token, and the run's pacing, retries and deadline. */
export function createClientOptions(options: TenantOptions): ConstructorParameters<typeof LogsClient>[0] {
  const { domain, onToken, accessToken = createAccessToken() } = options;
  // A run asks once, and again for one that was refused: were it to ask with each page for a token that is about
  // to expire, the log that Auth0 writes of each would give it another page to read.
  let current: string | undefined;
  const getToken = async () => {
    if (current !== undefined) return current;
    current = await accessToken.get(options, tenantFetch);
    onToken(current);
    return current;
  };
  const forgetToken = (refused: string) => {
    if (current === refused) current = undefined;
    accessToken.forget(refused);
  };
  const tenantFetch = createTenantFetch({ ...options, getToken, forgetToken });
  return {
    baseUrl: `${tenantUrl(domain)}/api/v2`,
    token: getToken,
    fetch: tenantFetch,
    maxRetries: 0,
    // The client's own timer would outlive a failed request by a minute; nobody listens to it.
    timeoutInSeconds: 0,
  };
}

/** Makes the clients that the export reads a tenant with. */
export function createTenant(options: TenantOptions): Tenant {
  const clientOptions = createClientOptions(options);
  return { logs: new LogsClient(clientOptions), users: new UsersClient(clientOptions) };
}
