import { writeFile } from 'node:fs/promises';
import { type SegmentSandbox, startSegment } from '../../server/sandbox/segment';
import type { Keep } from '../../server/sandbox/segment-events';
import type { GeneratedLogs } from '../../server/sandbox/tenant/generate-logs';
import { startTenant, type TenantSandbox } from '../../server/sandbox/tenant/tenant';
import { messageIdOf, sourceOf } from '../../src/segment/calls';

/** A tenant of many, and the Segment source that it exports to. */
export interface SandboxTenant {
  name: string;
  sandbox: TenantSandbox;
  writeKey: string;
}

/** What many tenants are started with. */
export interface TenantsOptions {
  count: number;
  /** Of the tenant with this number, from 0 on. */
  logs: (index: number) => GeneratedLogs;
  /** Milliseconds between a request's arrival and its answer. Default 0. */
  latencyMs?: number;
  /** Of what Segment receives. Default `ids`. */
  keep?: Keep;
}

/** Many Auth0 tenants, each with an address of its own, and one Segment that has a source for each. */
export interface SandboxTenants {
  tenants: readonly SandboxTenant[];
  segment: SegmentSandbox;
  /** Logs whose track is missing, and messageIds of tracks that no log stands behind, as Segment counts. */
  gaps(): { lost: string[]; unknown: string[] };
  close(): Promise<void>;
}

/** Starts many tenants on free ports of 127.0.0.1; 1,000 of them take some 30 MB. */
export async function startTenants(options: TenantsOptions): Promise<SandboxTenants> {
  const { count, logs, latencyMs = 0, keep = 'ids' } = options;
  const server = { latencyMs, compress: false };
  const nameOf = (index: number) => `tenant-${String(index + 1).padStart(4, '0')}`;
  const keyOf = (index: number) => `sandboxWriteKeyOf${nameOf(index)}`;
  const segment = await startSegment(
    { keep, otherWriteKeys: Array.from({ length: count }, (_, index) => keyOf(index)) },
    server,
  );
  const tenants = await Promise.all(
    Array.from({ length: count }, async (_, index) => ({
      name: nameOf(index),
      sandbox: await startTenant({ logs: logs(index) }, server),
      writeKey: keyOf(index),
    })),
  );
  return {
    tenants,
    segment,
    gaps: () => {
      const received = segment.ids('track');
      const expected = new Map(
        tenants.flatMap(({ name, sandbox, writeKey }) =>
          [...sandbox.selectedLogs()]
            .filter(({ user_id }) => Boolean(user_id))
            .map(
              ({ log_id }) =>
                [messageIdOf(log_id, 'track', sourceOf(writeKey)), `${name} ${log_id}`] as const,
            ),
        ),
      );
      return {
        lost: [...expected].filter(([messageId]) => !received.has(messageId)).map(([, log]) => log),
        unknown: [...received.keys()].filter((messageId) => !expected.has(messageId)),
      };
    },
    close: async () => {
      await Promise.all(
        [segment.server, ...tenants.map(({ sandbox }) => sandbox.server)].map((one) => one.close()),
      );
    },
  };
}

/** Where a tenant is and how it is exported, for TENANTS_FILE. */
export interface DeclaredTenant {
  name: string;
  settings: Readonly<Record<string, string>>;
}

/** What TENANTS_FILE says of tenants of the sandbox. */
export function declarationsOf({
  tenants,
  segment,
}: Pick<SandboxTenants, 'tenants' | 'segment'>): DeclaredTenant[] {
  return tenants.map(({ name, sandbox, writeKey }) => ({
    name,
    settings: {
      AUTH0_DOMAIN: sandbox.domain,
      AUTH0_CLIENT_ID: sandbox.clientId,
      AUTH0_CLIENT_SECRET: sandbox.clientSecret,
      SEGMENT_KEY: writeKey,
      SEGMENT_ENDPOINT: segment.url,
    },
  }));
}

/** Writes TENANTS_FILE, with one schedule for all. */
export async function writeTenantsFile(
  path: string,
  tenants: readonly DeclaredTenant[],
  schedule: string,
): Promise<void> {
  // JSON is YAML too.
  await writeFile(path, JSON.stringify({ tenants: tenants.map((one) => ({ ...one, schedule })) }, null, 2), {
    mode: 0o600,
  });
}
