import page from 'inline:server/dashboard/page/main.tsx';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { errorCode, HostError } from '../errors';
import { watchAnswers } from '../runs/answers';
import type { Host } from '../runs/host';
import type { StreamTokens } from '../tenants/setup/set-up';
import { createAccess } from './access/access';
import type { TrustProxy } from './access/clients';
import { isOwn } from './access/password';
import { createDashboardServer, createOperationsServer } from './app';
import type { DashboardSandbox } from './dependencies';
import { createMetrics, type Metrics } from './metrics';

/** What the Dashboard is opened with. */
export interface DashboardOptions {
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
  /** IANA name, of new tenants. */
  timeZone: string;
  /** Tokens of log streams, which a setup makes. */
  streamTokens: StreamTokens;
  sandbox: DashboardSandbox | null;
}

/** The Dashboard, listening. */
export interface OpenDashboard {
  /** Where a browser on this machine finds it. */
  url: string;
  metrics: Metrics;
  close(): Promise<void>;
}

const nobodysPassword = () => randomBytes(32).toString('base64url');

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
  const createServer = options.isForOperations ? createOperationsServer : createDashboardServer;
  const server = createServer({ ...options, page, metrics, access });
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
        ? `Port ${port} is in use by another program. Stop that one, or choose another port with PORT.`
        : code === 'EACCES'
          ? `Port ${port} may not be opened by this user. Choose one above 1023 with PORT.`
          : `The Dashboard cannot listen on ${address}, port ${port} (${code || String(error)}). Check ADDRESS and PORT.`;
    throw new HostError(reason, code === 'EADDRINUSE' ? 1 : 78, error);
  });
  const { port: taken } = server.address() as AddressInfo;
  const name = address === '127.0.0.1' || address === '0.0.0.0' ? 'localhost' : address;
  return {
    url: publicUrl ?? `http://${name.includes(':') ? `[${name}]` : name}:${taken}`,
    metrics,
    close: async () => {
      stopCounting();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
