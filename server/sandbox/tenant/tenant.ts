import type { Faults } from '../http/faults';
import { type SandboxServer, type ServerOptions, startServer } from '../http/server';
import { type Applications, type SandboxClient, SandboxClients, type SandboxGrant } from './clients';
import type { GeneratedLogs } from './generate-logs';
import type { GeneratedUsers } from './generate-users';
import { LogStore, writeLog } from './log-store';
import { LogStreams, type SandboxLogStream } from './log-streams';
import { answerTenant, endpointOf } from './management-api';
import { type Plan, RateLimits, type Refill } from './rate-limits';
import {
  AccessTokens,
  RequestCounts,
  type TenantEndpoint,
  type TenantState,
  type UnknownCheckpoint,
} from './state';
import { calmConditions, type StreamConditions, type StreamPost } from './stream-delivery';
import type { RecordedLog, TenantLog, TenantUser } from './types';
import { UserDirectory } from './users';

/** A request that the tenant was sent. */
interface RecordedRequest {
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
  /** An application that may do everything that the sandbox knows. */
  readonly administrator: { clientId: string; clientSecret: string };
  /** A Management API token with these scopes, or with all that the sandbox knows. */
  issueToken(scopes?: readonly string[]): string;
  /** The tenant's applications, secrets included. */
  clients(): SandboxClient[];
  grants(): SandboxGrant[];
  readonly streams: {
    /** The tenant's log streams. */
    list(): SandboxLogStream[];
    /** What befalls their posts; may be changed, and holds from the next post on. */
    readonly conditions: StreamConditions;
    /** The last 10,000 posts, oldest first, those that failed and those that were dropped included. */
    readonly posts: readonly StreamPost[];
    /** Resolves when no active stream has anything left to post. */
    settled(): Promise<void>;
  };
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

const MOST_RECORDED = 10_000;

/** Counts the tenant's requests, and keeps the last of them where asked to. */
class RequestWatch {
  readonly recorded: RecordedRequest[] = [];
  readonly #counts: RequestCounts;
  readonly #recording: boolean;

  constructor(counts: RequestCounts, recording: boolean) {
    this.#counts = counts;
    this.#recording = recording;
  }

  arrived(endpoint: string, method: string, url: string): (status: number) => void {
    this.#counts[endpoint as TenantEndpoint]++;
    const record: RecordedRequest = { method, url, status: undefined };
    if (this.#recording) this.recorded.push(record);
    if (this.recorded.length > MOST_RECORDED) this.recorded.shift();
    return (status) => {
      const { statuses } = this.#counts;
      statuses[status] = (statuses[status] ?? 0) + 1;
      record.status = status;
    };
  }
}

/** How the sandbox's Auth0 tenant is set up. */
export interface TenantOptions {
  /** Default: none. */
  logs?: GeneratedLogs | readonly RecordedLog[];
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
  /** What befalls the posts of the tenant's log streams. */
  streamConditions?: Partial<StreamConditions>;
  /** How many applications the plan allows. Default: 10, 100 or any number, by plan. */
  maxClients?: number;
  /** Applications that were created in an earlier tenant, which this one continues. */
  applications?: Applications | undefined;
  /** Called with all applications that were created, after one was created, changed or deleted. */
  onApplications?: (created: Applications) => void;
  /** How many log streams the plan allows. Default: none where the plan is `free`, else two. */
  mostLogStreams?: number;
  /** Lifetime of an access token. Default 86,400. */
  tokenSeconds?: number;
  /** Whether each token that is issued leaves a log (`seccft`), as at Auth0. Default false: a test counts its logs. */
  tokenLogs?: boolean;
  /** How late the user search notices that a user was set or deleted. Default 0. */
  searchLagMs?: number;
  /** Default `following`. */
  unknownCheckpoint?: UnknownCheckpoint;
  /** The oldest log still retained, by position or by id. */
  retainFrom?: number | string;
  /** How many of the oldest logs expire with each request for logs, after it is answered. Default 0. */
  expirePerRequest?: number;
  /** Keep the method, URL and status of the last 10,000 requests. */
  recordRequests?: boolean;
}

/** Every scope that the sandbox's endpoints ask for. */
const ALL_SCOPES = [
  ...['clients', 'client_grants', 'log_streams'].flatMap((what) =>
    ['create', 'read', 'update', 'delete'].map((right) => `${right}:${what}`),
  ),
  'read:client_keys',
  'update:client_keys',
  'read:logs',
  'read:users',
];

/** Applications of a tenant, by plan; others may have any number. */
const MAX_CLIENTS: Partial<Record<Plan, number>> = { free: 10, essentials: 100, professional: 100 };

const SELECTED = new Set(['s', 'ss', 'f']);

/** Starts an Auth0 tenant: its token endpoint and the part of its Management API that the exporter uses. */
export async function startTenant(
  options: TenantOptions,
  serverOptions: ServerOptions,
): Promise<TenantSandbox> {
  const { now = Date.now, logs: given = [] } = options;
  const conditions: StreamConditions = { ...calmConditions, ...options.streamConditions };
  const logs = new LogStore(given, now, () => conditions.visibleAfterMs);
  if (typeof options.retainFrom === 'number') logs.expireTo(options.retainFrom);
  if (typeof options.retainFrom === 'string') logs.expireBefore(options.retainFrom);
  const users = options.users ?? ('idAt' in given ? given.users : []);
  const exporter = {
    id: options.clientId ?? 'sandboxExporterClientId',
    secret: options.clientSecret ?? 'sandbox-client-secret-M3tz0Qw8',
    name: 'Auth0 Logs to Segment',
    scopes: options.scopes ?? ['read:logs', 'read:users', 'delete:clients'],
  };
  const administrator = {
    id: 'sandboxAdministratorClientId',
    secret: 'sandbox-administrator-secret-Vk7pXc2e',
    name: 'Sandbox administration',
    scopes: ALL_SCOPES,
  };
  const most = options.mostLogStreams ?? (options.plan === 'free' ? 0 : 2);
  const state: TenantState = {
    logs,
    users: new UserDirectory(users, now, options.searchLagMs),
    tokens: new AccessTokens(),
    limits: new RateLimits(options.plan ?? 'unlimited', now, options.refill),
    now,
    clients: new SandboxClients(
      [exporter, administrator],
      options.maxClients ?? MAX_CLIENTS[options.plan ?? 'unlimited'],
      options.applications,
      options.onApplications,
    ),
    streams: new LogStreams({ conditions, now, most }),
    tokenSeconds: options.tokenSeconds ?? 86_400,
    tokenLogs: options.tokenLogs ?? false,
    unknownCheckpoint: options.unknownCheckpoint ?? 'following',
    expirePerRequest: options.expirePerRequest ?? 0,
  };
  const requests = new RequestCounts();
  const watch = new RequestWatch(requests, options.recordRequests ?? false);
  const listening = await startServer(
    {
      endpointOf,
      answer: (call, endpoint) => {
        const answer = answerTenant(state, call, endpoint);
        return { ...answer, headers: { date: new Date(now()).toUTCString(), ...answer.headers } };
      },
      watch: (endpoint, method, url) => watch.arrived(endpoint, method, url),
    },
    serverOptions,
  );

  const server: SandboxServer = {
    ...listening,
    close: () => {
      state.streams.close();
      return listening.close();
    },
  };

  function logAt(position: number): TenantLog {
    const log = logs.at(position);
    if (log === undefined) throw new RangeError(`The tenant has no log at ${position}.`);
    return log;
  }
  function* retained(wanted: (type: string | undefined) => boolean): Generator<TenantLog> {
    for (let position = logs.oldest; position < logs.count; position++) {
      if (wanted(logs.typeAt(position))) yield logAt(position);
    }
  }
  function addLog(log: Partial<TenantLog> = {}): TenantLog {
    const written = writeLog(logs, log, { now: now(), userId: state.users.ids().next().value });
    if (written.type === 's' && typeof written.user_id === 'string') {
      state.users.noteLogin(written.user_id, written.date);
    }
    state.streams.offer(written);
    return written;
  }

  return {
    url: server.url,
    domain: server.url.replace('http://', ''),
    clientId: exporter.id,
    clientSecret: exporter.secret,
    administrator: { clientId: administrator.id, clientSecret: administrator.secret },
    issueToken: (scopes = ALL_SCOPES) =>
      state.tokens.issue(
        { scopes, expiresAt: now() + state.tokenSeconds * 1000 },
        `https://${server.url.replace('http://', '')}/api/v2/`,
      ),
    clients: () => state.clients.all(),
    grants: () => state.clients.grants(),
    streams: {
      list: () => state.streams.all(),
      conditions,
      posts: state.streams.posts,
      settled: () => state.streams.settled(),
    },
    server,
    faults: server.faults,
    requests,
    requestLog: watch.recorded,
    deletedClients: state.clients.deleted,
    addLog,
    addLogs: (several) => several.map(addLog),
    setUser: (user) => state.users.set(user),
    deleteUser: (id) => state.users.delete(id),
    userById: (id) => state.users.find(id),
    expireBefore: (id) => logs.expireBefore(id),
    get logCount() {
      return logs.count;
    },
    logAt,
    allLogs: () => retained(() => true),
    selectedLogs: () => retained((type) => type !== undefined && SELECTED.has(type)),
    revokeTokens: () => state.tokens.revokeAll(),
    get issuedTokens() {
      return state.tokens.issued;
    },
  };
}
