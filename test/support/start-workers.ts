import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import * as v from 'valibot';
import { onTestFinished } from 'vitest';
import { SCHEMA } from '../../server/database/postgres/schema';
import { type CuttingProxy, startCuttingProxy } from '../postgres/cutting-proxy';
import { type RunningProcess, startProcess } from '../server/cli/start-process';
import { node22 } from './node-22';
import { type DeclaredTenant, writeTenantsFile } from './start-tenants';
import { temporaryFolder } from './temporary-folder';

/** A worker in a process of its own, which reaches the database over a way of its own. */
export interface Worker {
  readonly name: string;
  /** The process that it is now. */
  readonly process: RunningProcess;
  readonly proxy: CuttingProxy;
  /** Starts it anew, after its process has ended; resolves when it takes runs. */
  start(): Promise<void>;
}

/** What workers are started with. */
export interface WorkersOptions {
  /** How many. */
  count: number;
  /** Of a server on this machine. */
  postgres: { url: string; port: number };
  tenants: readonly DeclaredTenant[];
  /** Of all tenants. */
  schedule: string;
  /** Besides what says where the database and the tenants are. */
  env?: Record<string, string>;
}

const READY = /Ctrl-C stops/;
const KEY_BYTES = 32;

/** Starts workers on one empty database, all at once; they are killed when the test ends. */
export async function startWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { count, postgres, tenants, schedule, env = {} } = options;
  const file = join(await temporaryFolder(), 'tenants.yaml');
  await writeTenantsFile(file, tenants, schedule);
  const key = randomBytes(KEY_BYTES).toString('base64');
  const names = Array.from({ length: count }, (_, index) => `worker ${index + 1}`);
  return Promise.all(
    names.map(async (name) => {
      const proxy = await startCuttingProxy(postgres.port);
      onTestFinished(() => proxy.close());
      const url = new URL(postgres.url);
      url.port = String(proxy.port);
      const folder = await temporaryFolder();
      const start = async () => {
        const started = await startProcess(['start', '--role', 'worker'], {
          node: node22(),
          folder,
          env: { DATABASE_URL: url.href, ENCRYPTION_KEY: key, TENANTS_FILE: file, ...env },
        });
        await started.prints(READY);
        return started;
      };
      let process = await start();
      return {
        name,
        get process() {
          return process;
        },
        proxy,
        start: async () => {
          process = await start();
        },
      };
    }),
  );
}

/** How the runs of a tenant stand. */
const standingRow = v.object({
  tenant: v.string(),
  /** Id of the run that holds the lease. */
  owner: v.nullable(v.string()),
  /** Batches of that run so far. */
  batches: v.nullable(v.number()),
  /** Becomes another with each change, such as a lease that is renewed. */
  version: v.string(),
});

export type Standing = v.InferOutput<typeof standingRow>;

/** A run as the history tells of it. */
const endedRow = v.object({
  tenant: v.string(),
  id: v.string(),
  batches: v.number(),
  /** Requests to Segment: one for each batch that had something to send, and those that were sent again. */
  sent: v.number(),
  /** Why it failed; `null` where it did not. */
  error: v.nullable(v.string()),
  warning: v.nullable(v.string()),
  moreToCome: v.nullable(v.string()),
  start: v.string(),
  end: v.string(),
});

export type EndedRun = v.InferOutput<typeof endedRow>;

const busyRow = v.object({ pid: v.number(), runs: v.number() });

/** Looks into the database, beside those that use it. */
export interface Onlooker {
  standings(): Promise<Standing[]>;
  /** All runs that have ended. */
  ended(): Promise<EndedRun[]>;
  /** Ids of the processes that have said of runs that these are theirs, and how many of them hold leases. */
  busy(): Promise<Map<number, number>>;
  /** Has each tenant run soon, as its log stream does. */
  bringForward(): Promise<void>;
}

/** @param url of the database, which may be away now and then: what is asked meanwhile waits */
export async function openOnlooker(url: string): Promise<Onlooker> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => {
    // The next query has another connection.
  });
  onTestFinished(() => pool.end());
  const query = async <T extends v.GenericSchema>(row: T, sql: string): Promise<v.InferOutput<T>[]> =>
    v.parse(v.array(row), (await pool.query(sql)).rows);
  return {
    standings: () =>
      query(
        standingRow,
        `SELECT tenants.name AS tenant, run_stores.version::text, lease->>'owner' AS owner,
           (lease->'progress'->'batches')::integer AS batches
         FROM ${SCHEMA}.tenants JOIN ${SCHEMA}.run_stores ON run_stores.tenant_id = tenants.id,
           LATERAL (SELECT state::jsonb->'lease' AS lease) AS leases
         ORDER BY tenants.name`,
      ),
    ended: () =>
      query(
        endedRow,
        `SELECT tenants.name AS tenant, run_id AS id, batches::integer,
           COALESCE((record->'requests'->>'segment')::integer, 0) AS sent, record->'error'->>'message' AS error,
           record->>'warning' AS warning, record->>'moreToCome' AS "moreToCome", record->>'start' AS start,
           record->>'end' AS end
         FROM ${SCHEMA}.runs JOIN ${SCHEMA}.run_stores ON run_stores.id = store_id
           JOIN ${SCHEMA}.tenants ON tenants.id = tenant_id
         ORDER BY runs.id`,
      ),
    busy: async () => {
      const rows = await query(
        busyRow,
        `SELECT workers.pid, COUNT(*)::integer AS runs
         FROM ${SCHEMA}.workers, jsonb_to_recordset(workers.runs) AS one (run text)
           JOIN ${SCHEMA}.run_stores ON state::jsonb->'lease'->>'owner' = one.run
         GROUP BY workers.pid`,
      );
      return new Map(rows.map(({ pid, runs }) => [pid, runs]));
    },
    bringForward: async () => {
      await pool.query(
        `UPDATE ${SCHEMA}.tenants SET due_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint`,
      );
    },
  };
}
