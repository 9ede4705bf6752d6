import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { createAccess } from '../../../server/dashboard/access/access';
import { parseTrustProxy } from '../../../server/dashboard/access/clients';
import type { SessionState } from '../../../server/dashboard/api/session-view';
import type {
  DashboardInfo,
  NewToken,
  RunDetails,
  RunList,
  SchedulePreview,
  TenantDetails,
  TenantList,
} from '../../../server/dashboard/api/view';
import { createDashboardServer } from '../../../server/dashboard/app';
import type { DashboardSandbox } from '../../../server/dashboard/dependencies';
import { createMetrics, type Metrics } from '../../../server/dashboard/metrics';
import { createLogStreamEndpoint } from '../../../server/log-streams/endpoint';
import type { Host } from '../../../server/runs/host';
import type { TenantRow } from '../../../server/tenants/tenant-store';
import { systemClock } from '../../../src/time';
import { openTestHost, openTestTenant, type TestHost } from '../runs/open-test-host';

/** Every answer that the Dashboard gives; a test knows which one it asked for. */
type Answer = Omit<DashboardInfo, 'tenants'> &
  SessionState &
  Omit<TenantList, 'total' | 'page' | 'perPage'> &
  Omit<RunList, 'runs'> & { runs: RunList['runs'] } & Omit<RunDetails, 'runs'> &
  NewToken &
  Omit<TenantDetails, 'fields' | 'schedule'> & { schedule: TenantDetails['schedule'] } & SchedulePreview & {
    error: string;
    message: string;
    problems: Record<string, string> & string[];
  };

/** What a request was answered. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: Answer;
}

/** How a request is sent. */
export interface SendOptions {
  headers?: Record<string, string>;
  body?: unknown;
  /** The address of this machine to send it from, in 127.0.0.0/8. */
  from?: string;
}

/** The Dashboard in front of a host. */
export interface TestDashboard extends TestHost {
  url: string;
  port: number;
  server: Server;
  metrics: Metrics;
  /** What was written about sign-ins, refusals and changes. */
  log: string[];
  /** Sends a request with exactly these headers. */
  send(method: string, path: string, options?: SendOptions): Promise<Reply>;
  /** Asks as the page does, with its token; a body makes it a POST. */
  call(path: string, body?: object): Promise<Reply>;
}

/** What the Dashboard is opened with. */
export interface TestDashboardOptions extends NonNullable<Parameters<typeof openTestHost>[0]> {
  password?: string;
  metricsToken?: string;
  trustProxy?: string;
  publicUrl?: string;
  /** Default: none. */
  sandbox?: DashboardSandbox;
  /** Of the door, in milliseconds since 1970. */
  now?: () => number;
}

/** A tenant that is there. */
export async function tenantOf({ registry }: Pick<Host, 'registry'>, name: string): Promise<TenantRow> {
  const tenant = await registry.find(name);
  if (!tenant) throw new Error(`There is no tenant ${name}.`);
  return tenant;
}

/** Adds a tenant on a sandbox of its own, as the command line does. */
export async function addSandboxTenant(
  { host }: Pick<TestHost, 'host'>,
  name: string,
  options?: Parameters<typeof openTestTenant>[0],
) {
  const { sandbox, settings } = await openTestTenant(options);
  await host.registry.add(name, { settings }, { mayReference: true });
  return { sandbox, settings };
}

/** Adds a tenant that is reached nowhere. */
export const addTenant = ({ host }: Pick<TestHost, 'host'>, name: string, settings = {}) =>
  host.registry.add(name, { settings: { ...credentials, ...settings } }, { mayReference: false });

/** Settings that a tenant needs. */
export const credentials = {
  AUTH0_DOMAIN: 'a.auth0.com',
  AUTH0_CLIENT_ID: 'id',
  AUTH0_CLIENT_SECRET: 'secret-1',
  SEGMENT_KEY: 'write-key-Xv92KdRt',
};

function parsed(body: string): Answer {
  try {
    return JSON.parse(body);
  } catch {
    return JSON.parse('{}');
  }
}

/** Opens the Dashboard on a free port of 127.0.0.1; it is closed when the test ends. */
export async function openTestDashboard(options: TestDashboardOptions = {}): Promise<TestDashboard> {
  let metrics: Metrics | undefined;
  const opened = await openTestHost({ onTriggers: (noted) => metrics?.countTriggers(noted), ...options });
  const { host } = opened;
  const { password = '', now = Date.now } = options;
  const shown = createMetrics(host);
  metrics = shown;
  const log: string[] = [];
  const access = await createAccess({
    password,
    metricsToken: options.metricsToken ?? '',
    publicUrl: options.publicUrl,
    operationsHosts: [],
    trustProxy: parseTrustProxy(options.trustProxy ?? ''),
    idleMs: 30 * 60 * 1000,
    secret: host.secret,
    now,
    write: (line) => log.push(line),
  });
  const parts = {
    host,
    page: { script: '', style: '' },
    metrics: shown,
    access,
    publicUrl: options.publicUrl,
    triggerUrl: options.publicUrl,
    timeZone: 'UTC',
    sandbox: options.sandbox ?? null,
  };
  const logStreams = createLogStreamEndpoint({
    streams: host.logStreams,
    tokens: host.triggerTokens,
    clock: options.clock ?? systemClock,
    onRefused: (_request, code) => log.push(`refused a log stream: ${code}`),
    onTrouble: (error) => log.push(String(error)),
  });
  const server = createDashboardServer(parts, logStreams);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;

  const send: TestDashboard['send'] = (method, path, { headers = {}, body, from } = {}) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      const outgoing = httpRequest(
        {
          port,
          host: '127.0.0.1',
          ...(from ? { localAddress: from } : {}),
          method,
          path,
          headers: { ...(payload ? { 'content-type': 'application/json' } : {}), ...headers },
        },
        (response) => {
          text(response).then(
            (body) =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                text: body,
                json: parsed(body),
              }),
            reject,
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  return {
    ...opened,
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    metrics: shown,
    log,
    send,
    call: async (path, body) => {
      const { csrfToken } = (await send('GET', '/api/session')).json;
      return body ? send('POST', path, { body, headers: { 'x-csrf-token': csrfToken } }) : send('GET', path);
    },
  };
}
