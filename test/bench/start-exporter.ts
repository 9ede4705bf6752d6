import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import * as v from 'valibot';
import { type DeclaredTenant, writeTenantsFile } from '../support/start-tenants';
import { peakMbOf, processorMsOf } from './process-figures';

// From build/out/bench, where this ends up.
const cli = fileURLToPath(new URL('../cli.mjs', import.meta.url));

const begunRun = v.object({
  tenant: v.string(),
  due_at: v.string(),
  started_at: v.string(),
  cause: v.string(),
});
const madeToken = v.object({ token: v.string() });
const countedRuns = v.object({ tenant: v.string(), count: v.number() });

/** A run as the exporter noted it; times in milliseconds since 1970. */
export interface BegunRun {
  tenant: string;
  dueAt: number;
  startedAt: number;
  trigger: string;
}

/** The self-hosted exporter as a process of its own. */
export interface RunningExporter {
  /** Of its Dashboard, and where log streams post to. */
  url: string;
  /** Makes a token for a tenant's log stream. */
  token(tenant: string): string;
  /** Milliseconds of processor time that it has taken. */
  processorMs(): number;
  /** The most memory that it has had resident, in MB. */
  peakMb(): number;
  /** Runs that it has begun and that are not folded into others: those that found something. */
  runs(): BegunRun[];
  /** The number of runs that have ended, by tenant. */
  counts(): Map<string, number>;
  stop(): Promise<void>;
}

/**
 * Starts the exporter's command line with these tenants, on Linux.
 *
 * @param more variables of its environment
 */
export async function startExporter(
  tenants: readonly DeclaredTenant[],
  schedule: string,
  more: Record<string, string> = {},
): Promise<RunningExporter> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const file = join(folder, 'tenants.yaml');
  await writeTenantsFile(file, tenants, schedule);
  const { PATH = '', HOME = '' } = process.env;
  const data = join(folder, 'data');
  const env = {
    PATH,
    HOME,
    TZ: 'UTC',
    PORT: '0',
    ALLOW_PRIVATE_HOSTS: 'true',
    DATA_DIR: data,
    TENANTS_FILE: file,
    ...more,
  };
  const child = spawn(process.execPath, [cli, 'start'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid = Number.NaN } = child;
  const exit = once(child, 'exit');
  const query = <T extends v.GenericSchema>(row: T, sql: string): v.InferOutput<T>[] => {
    const database = new Libsql(join(data, 'exporter.db'), { timeout: 5_000 });
    try {
      return v.parse(v.array(row), database.prepare(sql).all({}));
    } finally {
      database.close();
    }
  };
  const url = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out = (out + String(chunk)).slice(-10_000);
      const found = /Dashboard +(http:\S+)\s/.exec(out)?.[1];
      if (found !== undefined) resolve(found);
    });
    exit.then(([code]) => reject(new Error(`The exporter ended with ${code}: ${out}`)), reject);
  });
  return {
    url,
    token: (tenant) => {
      const made = execFileSync(process.execPath, [cli, 'tenants', 'token', tenant, '--json'], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
      return v.parse(madeToken, JSON.parse(made)).token;
    },
    processorMs: () => processorMsOf(pid),
    peakMb: () => peakMbOf(pid),
    runs: () =>
      query(
        begunRun,
        `SELECT tenants.name AS tenant, run_notes.due_at, started_at, cause FROM run_notes
         JOIN run_stores ON run_stores.id = store_id JOIN tenants ON tenants.id = run_stores.tenant_id`,
      ).map(({ tenant, due_at, started_at, cause }) => ({
        tenant,
        dueAt: Date.parse(due_at),
        startedAt: Date.parse(started_at),
        trigger: cause,
      })),
    counts: () =>
      new Map(
        query(
          countedRuns,
          `SELECT tenants.name AS tenant, SUM(runs) AS count FROM runs
           JOIN run_stores ON run_stores.id = store_id JOIN tenants ON tenants.id = run_stores.tenant_id GROUP BY 1`,
        ).map(({ tenant, count }) => [tenant, count]),
      ),
    stop: async () => {
      child.kill('SIGTERM');
      await exit;
      await rm(folder, { recursive: true });
    },
  };
}
