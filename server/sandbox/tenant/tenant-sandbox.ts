import type { Faults } from '../http/faults';
import type { SandboxServer } from '../http/start-server';
import type { RequestCounts } from './request-counts';
import type { TenantLog } from './tenant-log';
import type { TenantUser } from './tenant-user';

/** A request that the tenant was sent. */
export interface RecordedRequest {
  method: string;
  url: string;
  /** `undefined` where no answer was sent. */
  status: number | undefined;
}

/** The sandbox's Auth0 tenant, as tests see it. */
export interface TenantSandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `127.0.0.1:PORT`. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly server: SandboxServer;
  readonly faults: Faults;
  readonly requests: RequestCounts;
  /** The last 10,000 requests, where the option `recordRequests` is set. */
  readonly requestLog: readonly RecordedRequest[];
  /** Ids of the clients deleted through the Management API. */
  readonly deletedClients: readonly string[];
  /**
   * Writes a log given in part and returns it whole: type `s`, the tenant's first user, now, and the next id in
   * order, unless it says otherwise.
   */
  addLog(log?: Partial<TenantLog>): TenantLog;
  addLogs(logs: readonly Partial<TenantLog>[]): TenantLog[];
  setUser(user: TenantUser): void;
  deleteUser(id: string): void;
  /** The user as `GET /users/{id}` answers it. */
  userById(id: string): TenantUser | undefined;
  /** Ends the retention of every log older than this one. */
  expireBefore(logId: string): void;
  /** Logs ever written, the expired ones included. */
  readonly logCount: number;
  /** By position from the first log ever written, expired or not. */
  logAt(position: number): TenantLog;
  /** The retained logs, oldest first. */
  allLogs(): Generator<TenantLog>;
  /** The retained sign-ups, logins and failed logins, oldest first. */
  selectedLogs(): Generator<TenantLog>;
  /** Every token issued so far answers 401 from now on. */
  revokeTokens(): void;
  /** Every token issued since the last were revoked. */
  readonly issuedTokens: readonly string[];
}
