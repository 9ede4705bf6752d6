import * as v from 'valibot';
import { LEASE_MS } from '../../src/storage/lease';
import { HostError } from '../errors';
import { CHANGES, copyRows, NOTES, RUNS } from './copy-rows';
import { STATE_COLUMNS, storedStreamRow } from './log-stream-columns';
import type { PostgresConnection, Session } from './postgres/connection';
import { SCHEMA } from './postgres/schema';
import type { Connection } from './sqlite/connection';

/** Of two copies at once the second waits with each tenant. */
const LOCK = `${SCHEMA}.copy`;
/** Names that are told; of more, their number. */
const MOST_NAMES = 10;

const lease = v.object({ lease: v.object({ expiresAt: v.string() }) });
const stateRow = v.object({
  state: v.string(),
  version: v.number(),
  droppedUntil: v.nullable(v.number()),
});
const idRow = v.object({ id: v.number() });
const runRow = v.object({ id: v.number(), runId: v.string() });
const tenantRow = v.object({
  id: v.string(),
  name: v.string(),
  origin: v.string(),
  settings: v.string(),
  schedule: v.string(),
  time_zone: v.string(),
  is_active: v.number(),
  created_at: v.string(),
  due_at: v.nullable(v.number()),
  due_for: v.nullable(v.string()),
  version: v.number(),
});
const targetRow = v.object({
  storeId: v.number(),
  state: v.string(),
  version: v.number(),
  tenantVersion: v.nullable(v.number()),
});

/** State and history in SQLite, and whose they are. */
export const storeRow = v.object({
  storeId: v.number(),
  /** `null` for what is kept of a tenant that was removed. */
  id: v.nullable(v.string()),
  name: v.string(),
});

/** What is remembered in PostgreSQL of the last copy of a tenant. */
const copied = v.object({
  /** Versions of the tenant's state and of the tenant, which change with each run and each change. */
  state: v.number(),
  tenant: v.nullable(v.number()),
  /** Numbers of the last rows in SQLite, and the run of the last one. */
  run: v.number(),
  runId: v.nullable(v.string()),
  note: v.number(),
  change: v.number(),
});
const memoryRow = v.object({ value: v.pipe(v.string(), v.parseJson(), copied) });
type Copied = v.InferOutput<typeof copied>;
export type Store = v.InferOutput<typeof storeRow>;

/** Whether a stored state says that a run is under way. One that is damaged is copied as it is. */
export function isRunning(state: string, now: number): boolean {
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), lease), state);
  return found.success && Date.parse(found.output.lease.expiresAt) > now;
}

/** Says that a run is under way. */
export const running = (tenant: string, database: string) =>
  new HostError(
    `A run of tenant ${tenant} is under way in ${database}, so nothing of it was copied. Stop every process that exports there, and copy again; a run whose process was killed counts as ended ${LEASE_MS / 1000} seconds later.`,
  );

const listed = (names: readonly string[]) =>
  `${names.slice(0, MOST_NAMES).join(', ')}${names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''}`;

/** Says that names are taken. */
export const taken = (names: readonly string[], database: string) =>
  new HostError(
    `${database} has ${names.length === 1 ? 'another tenant' : 'other tenants'} by the name of ${listed(names)}, and nothing is copied over ${names.length === 1 ? 'it' : 'them'}. Remove ${names.length === 1 ? 'it' : 'them'} on one of the two sides with the command tenants remove NAME, and copy again.`,
    78,
  );

/** Adds a tenant, or replaces one that nobody has changed since it was copied. */
async function putTenant(source: Connection, id: string, session: Session, database: string) {
  const [tenant] = source.query(
    tenantRow,
    `SELECT id, name, origin, settings, schedule, time_zone, is_active, created_at, due_at, due_for, version
     FROM tenants WHERE id = :id`,
    { id },
  );
  if (!tenant) throw new Error(`The tenant ${id} is gone from a snapshot.`);
  const columns = Object.keys(tenant);
  const changed = columns.filter((column) => column !== 'id' && column !== 'name');
  const put = await session.run(
    `INSERT INTO ${SCHEMA}.tenants AS tenants (${columns.join(', ')})
     SELECT ${columns.map((_column, index) => `$${index + 1}`).join(', ')}
     WHERE NOT EXISTS (SELECT FROM ${SCHEMA}.tenants WHERE name = $2 AND id <> $1)
     ON CONFLICT (id) DO UPDATE SET ${changed.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    Object.values(tenant),
  );
  if (put === 0) throw taken([tenant.name], database);
  return tenant.version;
}

/** Brings the log stream of a tenant in step. */
async function putStream({ query }: Connection, id: string, { run }: Session): Promise<void> {
  const [stream] = query(
    storedStreamRow,
    `SELECT token_hash, ${STATE_COLUMNS.join(', ')} FROM log_streams WHERE tenant_id = :id`,
    { id },
  );
  await run(`DELETE FROM ${SCHEMA}.log_streams WHERE tenant_id = $1`, [id]);
  if (!stream) return;
  await run(
    `INSERT INTO ${SCHEMA}.log_streams (tenant_id, ${Object.keys(stream).join(', ')})
     VALUES ($1, ${Object.keys(stream)
       .map((_column, place) => `$${place + 2}`)
       .join(', ')})`,
    [id, ...Object.values(stream)],
  );
}

/**
 * A run that does the same as the one before shares its record, which then has another id. Takes such a record back
 * that was copied before it went on, so that it comes again as it is now.
 *
 * @returns the number of the last record in SQLite that need not be copied
 */
async function takeBackLast(
  { query }: Connection,
  fromStore: number,
  { run: last, runId }: Copied,
  { run }: Session,
  toStore: number,
): Promise<number> {
  const [now] = query(
    runRow,
    'SELECT id, run_id AS runId FROM runs WHERE id = :last AND store_id = :fromStore',
    {
      last,
      fromStore,
    },
  );
  if (!now || runId === null || now.runId === runId) return last;
  for (const table of ['runs', 'run_notes']) {
    await run(`DELETE FROM ${SCHEMA}.${table} WHERE store_id = $1 AND run_id = $2`, [toStore, runId]);
  }
  return last - 1;
}

/** What became of one tenant. */
type Outcome = { readonly is: 'added' | 'refreshed'; readonly runs: number } | { readonly is: 'leftAlone' };

/** Copies one tenant, or what is kept of one that was removed, within a transaction. */
export async function copyStore(
  source: Connection,
  { storeId, id, name }: Store,
  session: Session,
  target: PostgresConnection,
): Promise<Outcome> {
  const { query, run } = session;
  await run('SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))', [LOCK]);
  const memory = `copied ${id ?? `for ${name}`}`;
  const [[before], [there]] = [
    await query(memoryRow, `SELECT value FROM ${SCHEMA}.meta WHERE name = $1`, [memory]),
    await query(
      targetRow,
      `SELECT stores.id AS "storeId", stores.state, stores.version,
         (SELECT version FROM ${SCHEMA}.tenants WHERE id = stores.tenant_id) AS "tenantVersion"
       FROM ${SCHEMA}.run_stores AS stores WHERE ${id === null ? 'kept_for' : 'tenant_id'} = $1 FOR UPDATE`,
      [id ?? name],
    ),
  ];
  if (there && isRunning(there.state, target.now())) throw running(name, target.name);
  const last = there && before?.value;
  if (there && (last?.state !== there.version || last.tenant !== there.tenantVersion)) {
    return { is: 'leftAlone' };
  }
  const [store] = source.query(
    stateRow,
    'SELECT state, version, dropped_until AS droppedUntil FROM run_stores WHERE id = :storeId',
    { storeId },
  );
  if (!store) throw new Error(`The state of ${name} is gone from a snapshot.`);
  const tenant = id === null ? null : await putTenant(source, id, session, target.name);
  const values = [store.state, store.version, store.droppedUntil];
  const [put] = there
    ? await query(
        idRow,
        `UPDATE ${SCHEMA}.run_stores SET state = $1, version = $2, dropped_until = $3 WHERE id = $4 RETURNING id`,
        [...values, there.storeId],
      )
    : await query(
        idRow,
        `INSERT INTO ${SCHEMA}.run_stores (state, version, dropped_until, ${id === null ? 'kept_for' : 'tenant_id'})
         VALUES ($1, $2, $3, $4) RETURNING id`,
        [...values, id ?? name],
      );
  if (!put) throw new Error(`The state of ${name} was not written.`);
  const after = last ? await takeBackLast(source, storeId, last, session, put.id) : 0;
  const rowsOf = (owner: number, from: number) => ({ owner, after: from });
  const runs = await copyRows(RUNS, source, rowsOf(storeId, after), session, put.id);
  const notes = await copyRows(NOTES, source, rowsOf(storeId, last?.note ?? 0), session, put.id);
  const changes =
    id === null
      ? undefined
      : await copyRows(CHANGES, source, { owner: id, after: last?.change ?? 0 }, session, id);
  if (id !== null) await putStream(source, id, session);
  const [newest] = source.query(runRow, 'SELECT id, run_id AS runId FROM runs WHERE id = :id', {
    id: runs.last,
  });
  const now: Copied = {
    state: store.version,
    tenant,
    run: runs.last,
    runId: newest?.runId ?? last?.runId ?? null,
    note: notes.last,
    change: changes?.last ?? 0,
  };
  await run(
    `INSERT INTO ${SCHEMA}.meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [memory, JSON.stringify(now)],
  );
  return { is: there ? 'refreshed' : 'added', runs: runs.added };
}
