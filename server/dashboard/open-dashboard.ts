import page from 'inline:server/dashboard/page/main.tsx';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/time';
import { describeFault, errorCode, HostError } from '../errors';
import { createLogStreamEndpoint } from '../log-streams/endpoint';
import { watchAnswers } from '../runs/answers';
import type { Host } from '../runs/host';
import { createAccess } from './access/access';
import type { TrustProxy } from './access/clients';
import { isOwn } from './access/password';
import { createDashboardServer, createOperationsServer } from './app';
import type { DashboardSandbox } from './dependencies';
import { createMetrics, type Metrics } from './metrics';

/** What the Dashboard is opened with. */
interface DashboardOptions {
  host: Host;
  /** Whether there is nothing but the doors of operations: health and metrics. */
  isForOperations?: boolean;
  port: number;
  address: string;
  password: string;
  /** Opens the metrics; empty: there is none. */
  metricsToken: string;
  trustProxy: TrustProxy;
  /** A session in which nobody does anything ends after so many milliseconds. */
  idleMs: number;
  /** Takes a line for each sign-in, refusal and change. */
  onAccess: (line: string) => void;
  publicUrl: string | undefined;
  /** Names by which monitoring addresses /healthz and /metrics. */
  operationsHosts: readonly string[];
  /** IANA name, of new tenants. */
  timeZone: string;
  sandbox: DashboardSandbox | null;
  /** Where log streams post to; `undefined`: where the Dashboard is. */
  trigger: { port: number; address: string } | undefined;
}

/** The Dashboard, listening. */
export interface OpenDashboard {
  /** Where a browser on this machine finds it. */
  url: string;
  /** Where log streams post to, without the path; `undefined` where that is where the Dashboard is. */
  triggerUrl: string | undefined;
  metrics: Metrics;
  close(): Promise<void>;
}

const nobodysPassword = () => randomBytes(32).toString('base64url');
/** Connections to the port of the log streams at once: Auth0 has a few for each tenant. */
const MOST_CONNECTIONS = 2_000;

/** Where a server is found on this machine. */
function urlOf(server: Server, address: string): string {
  const { port } = server.address() as AddressInfo;
  const name = address === '127.0.0.1' || address === '0.0.0.0' ? 'localhost' : address;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/**
 * Has a server listen.
 *
 * @param prefix of the options that say where
 * @throws {HostError} when the port is taken, or the address is none of this machine's
 */
async function listen(
  server: Server,
  { port, address }: { port: number; address: string },
  { what, prefix }: { what: string; prefix: string },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    const code = errorCode(error);
    const reason =
      code === 'EADDRINUSE'
        ? `Port ${port} is in use by another program. Stop that one, or choose another port with ${prefix}PORT.`
        : code === 'EACCES'
          ? `Port ${port} may not be opened by this user. Choose one above 1023 with ${prefix}PORT.`
          : `${what} cannot listen on ${address}, port ${port} (${code || String(error)}). Check ${prefix}ADDRESS and ${prefix}PORT.`;
    throw new HostError(reason, code === 'EADDRINUSE' ? 1 : 78, error);
  });
}

/**
 * Opens the Dashboard, or the doors of operations alone.
 *
 * @throws {HostError} when the port is taken, or the address is none of this machine's
 */
export async function openDashboard(options: DashboardOptions): Promise<OpenDashboard> {
  const { host, port, address, publicUrl } = options;
  const metrics = createMetrics(host);
  const stopCounting = watchAnswers((origin, status) => {
    if (status === 429) metrics.countRateLimit(origin);
  });
  const access = await createAccess({
    ...options,
    // Where nobody signs in, and others than this machine may ask, only METRICS_TOKEN opens the metrics.
    password: options.password || (options.isForOperations && !isOwn(address) ? nobodysPassword() : ''),
    secret: host.secret,
    now: () => host.now(),
    write: options.onAccess,
  });
  const logStreams = createLogStreamEndpoint({
    streams: host.logStreams,
    tokens: host.triggerTokens,
    clock: systemClock,
    onRefused: (request, code) => {
      access.log.noteRefusal(access.clientOf(request).address, `refused a log stream: ${code}`);
    },
    onTrouble: (error) => console.error(describeFault(error)),
  });
  const { trigger } = options;
  const parts = { ...options, page, metrics, access, triggerUrl: trigger ? undefined : publicUrl };
  const server = options.isForOperations
    ? createOperationsServer(parts)
    : createDashboardServer(parts, trigger ? undefined : logStreams);
  // Posts are small, and what is slow is cut off sooner than a browser on a bad line may be.
  const limits = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };
  const triggerServer = trigger ? createServer(limits, logStreams) : undefined;
  if (triggerServer) triggerServer.maxConnections = MOST_CONNECTIONS;
  const servers = [server, ...(triggerServer ? [triggerServer] : [])];
  const close = async () => {
    stopCounting();
    await Promise.all(
      servers.map(async (one) => {
        if (!one.listening) return;
        const closed = new Promise((resolve) => one.close(resolve));
        one.closeAllConnections();
        await closed;
      }),
    );
  };
  try {
    await listen(server, { port, address }, { what: 'The Dashboard', prefix: '' });
    if (trigger && triggerServer) {
      await listen(triggerServer, trigger, { what: 'What log streams post to', prefix: 'TRIGGER_' });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: publicUrl ?? urlOf(server, address),
    triggerUrl: trigger && triggerServer ? urlOf(triggerServer, trigger.address) : undefined,
    metrics,
    close,
  };
}
