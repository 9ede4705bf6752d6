import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import * as v from 'valibot';
import { SCHEMA } from '../../server/database/postgres/schema';
import { installPostgres } from '../postgres/install';
import { startPostgres } from '../postgres/start-postgres';
import { node22 } from '../support/node-22';
import { type DeclaredTenant, writeTenantsFile } from '../support/start-tenants';
import { parentOf, peakMbOf, processorMsOf } from './process-figures';

// From build/out/bench, where this ends up.
const cli = fileURLToPath(new URL('../cli.mjs', import.meta.url));

/** What workers and their database have taken so far. */
export interface Taken {
  /** Milliseconds of processor time of all workers. */
  workersMs: number;
  /** The same, of the database. */
  databaseMs: number;
  /** Statements that the database was given, by whom but the bench itself. */
  statements: number;
  /** Runs that have ended. */
  runs: number;
}

/** Workers in processes of their own on one PostgreSQL. */
export interface RunningMachines {
  taken(): Promise<Taken>;
  /** Tenants that have been run. */
  tenantsRun(): Promise<number>;
  /** Tenants and runs that have waited for more than two seconds. */
  late(): Promise<number>;
  /** How often a history was looked through for what is too old: each worker does so with all, at its start and each hour. */
  pruned(): Promise<number>;
  /** Has all tenants run now; their schedule comes after that. */
  runAll(): Promise<void>;
  /** Has nothing due for a day. */
  pause(): Promise<void>;
  /** Seconds from due to begun of the runs that were due in a time and found something, in order. */
  waits(from: number, until: number): Promise<number[]>;
  /** Tenants that were due before a moment, and whose run has not been begun. */
  missed(until: number): Promise<number>;
  /** The most memory that each worker has had resident, in MB. */
  peakMb(): number[];
  /** Statements that took most since the start, in words: for whoever wants to have fewer. */
  most(): Promise<{ calls: number; ms: number; rows: number; query: string }[]>;
  stop(): Promise<void>;
}

const KEY_BYTES = 32;
const DAY_MS = 24 * 60 * 60 * 1_000;
const countRow = v.object({ count: v.number() });
const waitRow = v.object({ seconds: v.number() });
const callsRow = v.object({ calls: v.number(), ms: v.number(), rows: v.number(), query: v.string() });
const pidRow = v.object({ pid: v.number() });

async function startWorker(env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(node22(), [cli, 'start', '--role', 'worker'], {
    cwd: folder,
    env: { PATH, HOME, TZ: 'UTC', PORT: '0', ALLOW_PRIVATE_HOSTS: 'true', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out = (out + String(chunk)).slice(-10_000);
      if (/Ctrl-C stops/.test(out)) resolve();
    });
    exit.then(([code]) => reject(new Error(`A worker ended with ${code}: ${out}`)), reject);
  });
  return {
    pid: child.pid ?? Number.NaN,
    stop: async () => {
      child.kill('SIGTERM');
      await exit;
      await rm(folder, { recursive: true });
    },
  };
}

/** Starts workers on a PostgreSQL of their own, on Linux. */
export async function startMachines(
  count: number,
  tenants: readonly DeclaredTenant[],
  schedule: string,
): Promise<RunningMachines> {
  await installPostgres();
  const postgres = await startPostgres({
    flags: ['pg_stat_statements.track=top'],
  });
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const file = join(folder, 'tenants.yaml');
  await writeTenantsFile(file, tenants, schedule);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const query = async <T extends v.GenericSchema>(
    row: T,
    sql: string,
    values: unknown[] = [],
  ): Promise<v.InferOutput<T>[]> => v.parse(v.array(row), (await client.query(sql, values)).rows);
  await client.query('CREATE EXTENSION pg_stat_statements');
  const [backend] = await query(pidRow, 'SELECT pg_backend_pid() AS pid');
  const postmaster = parentOf(backend?.pid ?? Number.NaN);
  const env = {
    DATABASE_URL: postgres.url,
    ENCRYPTION_KEY: randomBytes(KEY_BYTES).toString('base64'),
    TENANTS_FILE: file,
  };
  const workers: Awaited<ReturnType<typeof startWorker>>[] = [];
  const stop = async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await client.end();
    await postgres.end();
    await rm(folder, { recursive: true });
  };
  try {
    while (workers.length < count) workers.push(await startWorker(env));
  } catch (error) {
    await stop();
    throw error;
  }

  /** Of the server and its processes, also those that have ended. */
  const databaseMs = () => {
    let ms = processorMsOf(postmaster, true);
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (Number.isNaN(pid)) continue;
      try {
        if (parentOf(pid) === postmaster) ms += processorMsOf(pid);
      } catch {
        // It has ended meanwhile, and is counted with those.
      }
    }
    return ms;
  };
  const numberOf = async (sql: string) => (await query(countRow, sql))[0]?.count ?? Number.NaN;

  return {
    taken: async () => ({
      workersMs: workers.reduce((sum, { pid }) => sum + processorMsOf(pid), 0),
      databaseMs: databaseMs(),
      statements: await numberOf(
        `SELECT SUM(calls)::float8 AS count FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`,
      ),
      runs: await numberOf(`SELECT COALESCE(SUM(runs), 0)::float8 AS count FROM ${SCHEMA}.runs`),
    }),
    tenantsRun: () => numberOf(`SELECT COUNT(DISTINCT store_id)::float8 AS count FROM ${SCHEMA}.runs`),
    late: () =>
      numberOf(
        `SELECT (SELECT COUNT(*) FROM ${SCHEMA}.tenants
             WHERE due_at < extract(epoch FROM clock_timestamp()) * 1000 - 2000)::float8
           + (SELECT COUNT(*) FROM ${SCHEMA}_queue.job
             WHERE state < 'active' AND created_on < clock_timestamp() - interval '2 seconds')::float8 AS count`,
      ),
    pruned: () =>
      numberOf(
        `SELECT COALESCE(SUM(calls), 0)::float8 AS count FROM pg_stat_statements WHERE query LIKE '%WITH old AS (%'`,
      ),
    runAll: async () => {
      await client.query(`UPDATE ${SCHEMA}.tenants SET due_at = $1::bigint`, [Date.now()]);
    },
    pause: async () => {
      await client.query(`UPDATE ${SCHEMA}.tenants SET due_at = $1::bigint`, [Date.now() + DAY_MS]);
    },
    waits: async (from, until) =>
      (
        await query(
          waitRow,
          `SELECT extract(epoch FROM started_at::timestamptz - due_at::timestamptz)::float8 AS seconds
           FROM ${SCHEMA}.run_notes WHERE due_at::timestamptz >= to_timestamp($1) AND due_at::timestamptz < to_timestamp($2) ORDER BY 1`,
          [from / 1_000, until / 1_000],
        )
      ).map(({ seconds }) => seconds),
    missed: async (until) => {
      const [row] = await query(
        countRow,
        `SELECT COUNT(*)::float8 AS count FROM ${SCHEMA}.tenants WHERE due_at < $1::bigint`,
        [until],
      );
      return row?.count ?? Number.NaN;
    },
    peakMb: () => workers.map(({ pid }) => peakMbOf(pid)),
    most: () =>
      query(
        callsRow,
        `SELECT calls::float8 AS calls, round(total_exec_time)::float8 AS ms, rows::float8 AS rows,
           left(regexp_replace(query, '\\s+', ' ', 'g'), 150) AS query
         FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 15`,
      ),
    stop,
  };
}
