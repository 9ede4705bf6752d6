import page from 'inline:server/dashboard/page/main.tsx';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorCode } from '../host/folder/error-code';
import type { Host } from '../host/host';
import { HostError } from '../host/host-error';
import { serviceOf } from '../host/http/service-of';
import { watchAnswers } from '../host/http/watch-answers';
import { createDashboard } from './create-dashboard';
import { createLoginLimit } from './door/create-login-limit';
import { createPasswordCheck } from './door/create-password-check';
import { createSessions } from './door/create-sessions';
import { createMetrics, type Metrics } from './operations/create-metrics';

/** What the Dashboard is opened with. */
export interface DashboardOptions {
  host: Host;
  port: number;
  address: string;
  password: string;
  publicUrl: string | undefined;
  schedule: string | undefined;
  timeZone: string;
  sandbox: { segmentKey: string; slackWebhook: string } | null;
}

/** The Dashboard, listening. */
export interface OpenDashboard {
  /** Where a browser on this machine finds it. */
  url: string;
  metrics: Metrics;
  close(): Promise<void>;
}

/**
 * Opens the Dashboard.
 *
 * @throws {HostError} when the port is taken, or the address is none of this machine's
 */
export async function openDashboard(options: DashboardOptions): Promise<OpenDashboard> {
  const { host, port, address, password, publicUrl } = options;
  const now = () => host.now();
  const hasPassword = password !== '';
  const metrics = createMetrics(host);
  const stopCounting = watchAnswers((origin, status) => {
    if (status === 429) metrics.countRateLimit(serviceOf(origin, host.secrets('')));
  });
  const server = createServer(
    createDashboard({
      ...options,
      page,
      metrics,
      sessions: createSessions({ hasPassword, isEncrypted: publicUrl?.startsWith('https:') ?? false, now }),
      limit: createLoginLimit(now),
      isPassword: hasPassword ? await createPasswordCheck(password) : undefined,
    }),
  );
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
