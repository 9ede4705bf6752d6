import { type Clock, systemClock } from '../../src/time';
import { type SegmentOptions, type SegmentSandbox, startSegment } from './segment';
import { type SlackOptions, type SlackSandbox, startSlack } from './slack';
import { startTenant, type TenantOptions, type TenantSandbox } from './tenant/tenant';

export interface SandboxOptions {
  tenant?: TenantOptions;
  segment?: SegmentOptions;
  slack?: SlackOptions;
  /** Milliseconds between a request's arrival and its answer, on all three servers. Default 0. */
  latencyMs?: number;
  /** Compress answers over 1 KB for clients that accept gzip, as Auth0 does. Default true. */
  compress?: boolean;
  /** Ports to listen on if they are free. By default, and otherwise, free ones. */
  ports?: SandboxPorts | undefined;
  /** Gives the tenant's time, and that by which answers are late. Default: this machine's. */
  clock?: Clock;
}

export interface SandboxPorts {
  tenant: number;
  segment: number;
  slack: number;
}

/** Auth0, Segment and Slack on this machine. */
export interface Sandbox {
  readonly tenant: TenantSandbox;
  readonly segment: SegmentSandbox;
  readonly slack: SlackSandbox;
  /** What a host passes to the extension to have it work with this sandbox. */
  secrets(): Record<string, string>;
  /** Ends every connection, wait and hanging request at once. */
  close(): Promise<void>;
}

/**
 * Starts the outside world of the exporter on ports of 127.0.0.1.
 *
 * ```ts
 * const sandbox = await startSandbox({ tenant: { logs: generateLogs({ count: 1000 }) } });
 * const { AUTH0_DOMAIN } = sandbox.secrets();
 * await sandbox.close();
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { latencyMs = 0, compress = true, clock = systemClock, ports } = options;
  const server = { latencyMs, compress, clock };
  const [tenant, segment, slack] = await Promise.all([
    startTenant({ now: clock.now, ...options.tenant }, { ...server, port: ports?.tenant }),
    startSegment(options.segment ?? {}, { ...server, port: ports?.segment }),
    startSlack(options.slack ?? {}, { ...server, port: ports?.slack }),
  ]);
  return {
    tenant,
    segment,
    slack,
    secrets: () => ({
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_CLIENT_ID: tenant.clientId,
      AUTH0_CLIENT_SECRET: tenant.clientSecret,
      SEGMENT_KEY: segment.writeKey,
      SEGMENT_ENDPOINT: segment.url,
      SLACK_INCOMING_WEBHOOK: slack.webhookUrl,
      EXTENSION_SECRET: 'sandbox-extension-secret-5Yh1Lr7d',
    }),
    async close() {
      await Promise.all([tenant.server.close(), segment.server.close(), slack.server.close()]);
    },
  };
}
