import { spawn } from 'node:child_process';
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

/** Starts the exporter's command line with these tenants, on Linux. */
export async function startExporter(
  tenants: readonly DeclaredTenant[],
  schedule: string,
): Promise<RunningExporter> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const file = join(folder, 'tenants.yaml');
  await writeTenantsFile(file, tenants, schedule);
  const { PATH = '', HOME = '' } = process.env;
  const data = join(folder, 'data');
  const child = spawn(process.execPath, [cli, 'start'], {
    cwd: folder,
    env: {
      PATH,
      HOME,
      TZ: 'UTC',
      PORT: '0',
      ALLOW_PRIVATE_HOSTS: 'true',
      DATA_DIR: data,
      TENANTS_FILE: file,
    },
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
  await new Promise<void>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out = (out + String(chunk)).slice(-10_000);
      if (/Dashboard +http/.test(out)) resolve();
    });
    exit.then(([code]) => reject(new Error(`The exporter ended with ${code}: ${out}`)), reject);
  });
  return {
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
