import type { AccessTokens } from './access-tokens';
import type { LogBook } from './log-book';
import type { RateLimits } from './rate-limits';
import type { UserDirectory } from './user-directory';

/** What the tenant's endpoints answer from. */
export interface TenantState {
  logs: LogBook;
  users: UserDirectory;
  tokens: AccessTokens;
  limits: RateLimits;
  now: () => number;
  clientId: string;
  clientSecret: string;
  scopes: readonly string[];
  tokenSeconds: number;
  tokenLogs: boolean;
  unknownCheckpoint: '400' | '404' | 'oldest';
  expirePerRequest: number;
  deletedClients: string[];
}
