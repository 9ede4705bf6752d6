import type { GeneratedUsers } from './generate-users';
import type { GeneratedLogs } from './generated-logs';
import type { Plan, Refill } from './rate-limits';
import type { TenantLog } from './tenant-log';
import type { TenantUser } from './tenant-user';

/** How the sandbox's Auth0 tenant is set up. */
export interface TenantOptions {
  /** Default: none. */
  logs?: GeneratedLogs | readonly TenantLog[];
  /** Default: the users that generated logs name, none otherwise. */
  users?: GeneratedUsers | readonly TenantUser[];
  /** Whose rate limits apply. Default `unlimited`. */
  plan?: Plan;
  /** How those are refilled. Default `drip`. */
  refill?: Refill;
  /**
   * The tenant's clock, in epoch milliseconds: rate limits, the `Date` of answers, token lifetimes, search lag,
   * dates of new logs.
   */
  now?: () => number;
  /** What the client is granted. Default `read:logs read:users delete:clients`. */
  scopes?: readonly string[];
  clientId?: string;
  clientSecret?: string;
  /** Lifetime of an access token. Default 86,400. */
  tokenSeconds?: number;
  /** Whether each token that is issued leaves a log (`seccft`), as at Auth0. Default false: a test counts its logs. */
  tokenLogs?: boolean;
  /** How late the user search notices that a user was set or deleted. Default 0. */
  searchLagMs?: number;
  /** What `from` answers for an id that the tenant does not know, or no longer. Default `400`. */
  unknownCheckpoint?: '400' | '404' | 'oldest';
  /** The oldest log still retained, by position or by id. */
  retainFrom?: number | string;
  /** How many of the oldest logs expire with each request for logs, after it is answered. Default 0. */
  expirePerRequest?: number;
  /** Keep the method, URL and status of the last 10,000 requests. */
  recordRequests?: boolean;
}
