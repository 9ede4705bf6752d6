import { randomBytes } from 'node:crypto';
import type { SandboxClients } from './clients';
import type { LogStore } from './log-store';
import type { LogStreams } from './log-streams';
import type { RateLimits } from './rate-limits';
import type { UserDirectory } from './users';

/** What an access token is good for. */
interface Grant {
  scopes: readonly string[];
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** The Management API tokens that the tenant issued. */
export class AccessTokens {
  readonly #grants = new Map<string, Grant>();

  /** A token that looks like Auth0's: three parts, the middle one readable. */
  issue(grant: Grant, audience: string): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { aud: audience, exp: Math.floor(grant.expiresAt / 1000), scope: grant.scopes.join(' ') };
    const signature = randomBytes(32).toString('base64url');
    const token = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${signature}`;
    this.#grants.set(token, grant);
    return token;
  }

  /** Every token issued since the last were revoked. */
  get issued(): string[] {
    return [...this.#grants.keys()];
  }

  find(token: string): Grant | undefined {
    return this.#grants.get(token);
  }

  /** Every token issued so far is worth nothing from now on. */
  revokeAll(): void {
    this.#grants.clear();
  }
}

/** An endpoint of the tenant; `other` is everything that it does not serve. */
export type TenantEndpoint =
  | 'token'
  | 'logs'
  | 'log'
  | 'user-search'
  | 'user'
  | 'clients'
  | 'client'
  | 'client-secret'
  | 'client-grants'
  | 'client-grant'
  | 'log-streams'
  | 'log-stream'
  | 'other';

/** Requests by endpoint, faulty ones included. */
type EndpointCounts = Record<TenantEndpoint, number>;

/** How often each endpoint was called and each status answered. */
export class RequestCounts implements EndpointCounts {
  token = 0;
  logs = 0;
  log = 0;
  'user-search' = 0;
  user = 0;
  clients = 0;
  client = 0;
  'client-secret' = 0;
  'client-grants' = 0;
  'client-grant' = 0;
  'log-streams' = 0;
  'log-stream' = 0;
  other = 0;
  statuses: Record<number, number> = {};

  reset(): void {
    Object.assign(this, new RequestCounts());
  }
}

/** The answer to a `from` that the tenant doesn't know: the logs after its place in the order of ids, or an error. */
export type UnknownCheckpoint = 'following' | '400' | '404';

/** What the tenant's endpoints answer from. */
export interface TenantState {
  logs: LogStore;
  users: UserDirectory;
  tokens: AccessTokens;
  limits: RateLimits;
  now: () => number;
  clients: SandboxClients;
  streams: LogStreams;
  tokenSeconds: number;
  tokenLogs: boolean;
  unknownCheckpoint: UnknownCheckpoint;
  expirePerRequest: number;
}
