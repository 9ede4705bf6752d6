import { type ServerOptions, startServer } from '../http/start-server';
import { AccessTokens } from './access-tokens';
import { answerTenant } from './answer-tenant';
import { endpointOf } from './endpoint-of';
import { LogBook } from './log-book';
import { RateLimits } from './rate-limits';
import { RequestCounts } from './request-counts';
import { RequestWatch } from './request-watch';
import type { TenantLog } from './tenant-log';
import type { TenantOptions } from './tenant-options';
import type { TenantSandbox } from './tenant-sandbox';
import type { TenantState } from './tenant-state';
import { UserDirectory } from './user-directory';
import { writeLog } from './write-log';

const SELECTED = new Set(['s', 'ss', 'f']);

/** Starts an Auth0 tenant: its token endpoint and the part of its Management API that the exporter uses. */
export async function startTenant(
  options: TenantOptions,
  serverOptions: ServerOptions,
): Promise<TenantSandbox> {
  const { now = Date.now, logs: given = [] } = options;
  const logs = new LogBook(given);
  if (typeof options.retainFrom === 'number') logs.expireTo(options.retainFrom);
  if (typeof options.retainFrom === 'string') logs.expireBefore(options.retainFrom);
  const users = options.users ?? ('idAt' in given ? given.users : []);
  const state: TenantState = {
    logs,
    users: new UserDirectory(users, now, options.searchLagMs),
    tokens: new AccessTokens(),
    limits: new RateLimits(options.plan ?? 'unlimited', now, options.refill),
    now,
    clientId: options.clientId ?? 'sandboxExporterClientId',
    clientSecret: options.clientSecret ?? 'sandbox-client-secret-M3tz0Qw8',
    scopes: options.scopes ?? ['read:logs', 'read:users', 'delete:clients'],
    tokenSeconds: options.tokenSeconds ?? 86_400,
    tokenLogs: options.tokenLogs ?? false,
    unknownCheckpoint: options.unknownCheckpoint ?? '400',
    expirePerRequest: options.expirePerRequest ?? 0,
    deletedClients: [],
  };
  const requests = new RequestCounts();
  const watch = new RequestWatch(requests, options.recordRequests ?? false);
  const server = await startServer(
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
    return written;
  }

  return {
    url: server.url,
    domain: server.url.replace('http://', ''),
    clientId: state.clientId,
    clientSecret: state.clientSecret,
    server,
    faults: server.faults,
    requests,
    requestLog: watch.recorded,
    deletedClients: state.deletedClients,
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
