import * as v from 'valibot';
import { LEASE_MS } from '../../../src/storage/lease';
import { foldInto } from '../../../src/storage/run-history';
import type { RunState } from '../../../src/storage/run-state';
import type {
  EndedRun,
  OpenRunStore,
  RunHistory,
  RunQuery,
  RunStateStore,
} from '../../../src/storage/run-store';
import { DatabaseError } from '../errors';
import {
  countRow,
  droppedRow,
  eventRow,
  isUncounted,
  readState,
  recordText,
  runRow,
  sumSpan,
  sumsRow,
  tenantRemoved,
  toRunColumns,
  toRunError,
} from '../run-rows';
import { toStorableJson } from '../storable';
import type { PostgresConnection, Session, Values } from './connection';
import { recoveryFrom } from './errors';
import { NOW_MS, SCHEMA } from './schema';

const storeRow = v.object({
  id: v.number(),
  state: v.string(),
  version: v.number(),
  now: v.number(),
  newestId: v.nullable(v.number()),
  newestRunId: v.nullable(v.string()),
  newestRecord: v.nullable(recordText),
});

/** A read or write has at least this time, however little the run has left: its last write must be tried. */
const SHORTEST_WORK_MS = 1_000;

/** What becomes of a history to which runs are added. */
interface Appended {
  /** What the newest record becomes, if something is folded into it. */
  replacement: EndedRun | undefined;
  added: EndedRun[];
  /** Runs that share a record with a newer one, which has its own note. */
  folded: string[];
}

/** Adds runs to a history. One that is folded into the newest record gives it its own id, and leaves its own note. */
function append(newest: EndedRun | undefined, ended: readonly EndedRun[]): Appended {
  const added: EndedRun[] = [];
  const folded: string[] = [];
  let replacement: EndedRun | undefined;
  let last = newest;
  for (const one of ended) {
    const record = last && foldInto(last.record, one.record);
    if (!last || !record) {
      added.push(one);
      last = one;
      continue;
    }
    folded.push(last.id);
    last = { id: one.id, record };
    if (added.length > 0) added.splice(-1, 1, last);
    else replacement = last;
  }
  return { replacement, added, folded };
}

const toColumns = ({ id, record }: EndedRun) => ({ ...toRunColumns(id, record), record });

/** The columns as they are in the JSON of {@link toColumns}. */
const FIELDS = `"runId" pg_catalog.text, "firstStart" bigint, "lastStart" bigint, runs bigint, failed integer, rejected bigint,
  "logsProcessed" bigint, batches bigint, skipped bigint, events bigint, record pg_catalog.jsonb`;

/** Writes the state where nobody has since it was read; all else depends on that. */
const WRITE_STATE = `UPDATE ${SCHEMA}.run_stores SET state = $4, version = version + 1
  WHERE id = $1 AND version = $2 AND tenant_id = $3`;

const WRITE_WITH_RUNS = `
  WITH written AS (${WRITE_STATE} RETURNING id),
  replaced AS (
    UPDATE ${SCHEMA}.runs SET run_id = field."runId", first_start = field."firstStart",
      last_start = field."lastStart", runs = field.runs, failed = field.failed, rejected = field.rejected,
      logs_processed = field."logsProcessed", batches = field.batches, skipped = field.skipped,
      events = field.events, record = field.record
    FROM written, pg_catalog.jsonb_to_recordset($6::pg_catalog.jsonb) AS field (${FIELDS})
    WHERE runs.id = $5::bigint AND runs.store_id = written.id
  ),
  unnoted AS (
    DELETE FROM ${SCHEMA}.run_notes USING written
    WHERE run_notes.store_id = written.id AND run_notes.run_id = ANY ($7::pg_catalog.text[])
  ),
  added AS (
    INSERT INTO ${SCHEMA}.runs (store_id, run_id, first_start, last_start, runs, failed, rejected,
      logs_processed, batches, skipped, events, record)
    SELECT written.id, field."runId", field."firstStart", field."lastStart", field.runs, field.failed,
      field.rejected, field."logsProcessed", field.batches, field.skipped, field.events, field.record
    FROM written, ROWS FROM (pg_catalog.jsonb_to_recordset($8::pg_catalog.jsonb) AS (${FIELDS})) WITH ORDINALITY AS field
    ORDER BY field.ordinality
  )
  SELECT id FROM written`;

type StoreRow = v.InferOutput<typeof storeRow>;

/**
 * Writes the state, and the runs that have ended, in one statement.
 *
 * @returns `false` where another process has written since the store was read; nothing is changed then
 */
async function writeStore(
  { run }: Session,
  tenantId: string,
  store: StoreRow,
  change: { text: string; ended: readonly EndedRun[] },
): Promise<boolean> {
  const values = [store.id, store.version, tenantId, change.text];
  if (change.ended.length === 0) return (await run(WRITE_STATE, values)) === 1;
  const newest =
    store.newestRunId !== null && store.newestRecord !== null
      ? { id: store.newestRunId, record: store.newestRecord }
      : undefined;
  const { replacement, added, folded } = append(newest, change.ended);
  return (
    (await run(WRITE_WITH_RUNS, [
      ...values,
      store.newestId,
      toStorableJson(replacement ? [toColumns(replacement)] : []),
      folded,
      toStorableJson(added.map(toColumns)),
    ])) === 1
  );
}

/** Whether a write was lost on its way, so that nobody knows whether it was made. */
const isLost = (error: unknown): boolean =>
  error instanceof DatabaseError && recoveryFrom(error.cause).isTransient;

/**
 * Opens the state of a tenant. A change is two statements and no transaction: one reads, the other writes where the
 * version is still that which was read. So a process that stood still in between changes nothing, and nobody waits for
 * it.
 */
function openState(
  connection: PostgresConnection,
  tenantId: string,
  { remaining, onDamaged }: Parameters<OpenRunStore>[0],
): RunStateStore {
  // What is answered later than a lease lasts is of no more use.
  const session = () => connection.within(Math.min(Math.max(remaining(), SHORTEST_WORK_MS), LEASE_MS));
  const readStore = async ({ query }: Session): Promise<{ store: StoreRow; state: RunState }> => {
    const [store] = await query(
      storeRow,
      `SELECT store.id, store.state, store.version, ${NOW_MS} AS now, newest.id AS "newestId",
         newest.run_id AS "newestRunId", newest.record::pg_catalog.text AS "newestRecord"
       FROM ${SCHEMA}.run_stores AS store LEFT JOIN LATERAL (
         SELECT id, run_id, record FROM ${SCHEMA}.runs WHERE store_id = store.id ORDER BY id DESC LIMIT 1
       ) AS newest ON TRUE
       WHERE store.tenant_id = $1`,
      [tenantId],
    );
    if (!store) throw tenantRemoved();
    return { store, state: readState(store.state, onDamaged) };
  };
  return {
    clocksDifferMs: 0,
    read: async () => {
      try {
        return (await readStore(session())).state;
      } catch (error) {
        throw toRunError('storage_read', error);
      }
    },
    update: async (change) => {
      const limited = session();
      let lost: { version: number; text: string; state: RunState; error: unknown } | undefined;
      try {
        for (;;) {
          const { store, state } = await readStore(limited);
          if (lost?.version === store.version && lost.text === store.state) return lost.state;
          const changed = change(state, store.now);
          if (!changed) return state;
          const text = JSON.stringify(changed.state);
          try {
            if (await writeStore(limited, tenantId, store, { text, ended: changed.ended ?? [] })) {
              return changed.state;
            }
          } catch (error) {
            // Once more: it is read whether it was made, and a second one that comes late changes nothing.
            if (lost || !isLost(error)) throw error;
            lost = { version: store.version + 1, text, state: changed.state, error };
          }
        }
      } catch (error) {
        throw toRunError('storage_write', error);
      }
    },
  };
}

/** The records of a tenant that a query asks for. */
function filterOf(
  tenantId: string,
  { failedOnly, rejectedOnly, from, until }: Omit<RunQuery, 'offset' | 'limit'>,
): { where: string; values: Values } {
  const values: (string | number)[] = [tenantId];
  const given = (value: number) => `$${values.push(value)}::bigint`;
  const conditions = [
    `store_id = (SELECT id FROM ${SCHEMA}.run_stores WHERE tenant_id = $1)`,
    ...(failedOnly ? ['failed = 1'] : []),
    ...(rejectedOnly ? ['rejected > 0'] : []),
    ...(from === undefined ? [] : [`last_start >= ${given(from)}`]),
    ...(until === undefined ? [] : [`first_start < ${given(until)}`]),
  ];
  return { where: conditions.join(' AND '), values };
}

/** Opens the history of a tenant. */
function openHistory(connection: PostgresConnection, tenantId: string, remaining: () => number): RunHistory {
  const session = () => connection.within(Math.max(remaining(), SHORTEST_WORK_MS));
  return {
    list: async ({ offset, limit, ...wanted }) => {
      const { query } = session();
      const { where, values } = filterOf(tenantId, wanted);
      const from = `FROM ${SCHEMA}.runs WHERE ${where}`;
      const rows = await query(
        runRow,
        `SELECT run_id AS "runId", record::pg_catalog.text AS record ${from} ORDER BY id DESC
         LIMIT $${values.length + 1} OFFSET $${values.length + 2}`,
        [...values, limit, offset],
      );
      const [counted] = await query(countRow, `SELECT pg_catalog.count(*) AS "count" ${from}`, values);
      return {
        runs: rows.map(({ runId, record }) => ({ ...record, id: runId })),
        total: counted?.count ?? 0,
      };
    },
    sums: async (span) => {
      const { query } = session();
      const { where, values } = filterOf(tenantId, span);
      // Runs that share a record may have begun before the span, or gone on after it: those are counted in part.
      const isWithin = 'first_start >= $2 AND last_start < $3';
      const records = `SELECT run_id AS "runId", record::pg_catalog.text AS record FROM ${SCHEMA}.runs WHERE ${where}`;
      const within = await query(
        sumsRow,
        `SELECT COALESCE(pg_catalog.sum(runs), 0) AS runs, COALESCE(pg_catalog.sum(runs * failed), 0) AS failed,
           COALESCE(pg_catalog.sum(logs_processed), 0) AS "logsProcessed", COALESCE(pg_catalog.sum(batches), 0) AS batches,
           COALESCE(pg_catalog.sum(skipped), 0) AS skipped, COALESCE(pg_catalog.sum(rejected), 0) AS rejected,
           COALESCE(pg_catalog.sum(runs) FILTER (WHERE ${isUncounted}), 0) AS "uncountedRuns",
           COALESCE(pg_catalog.sum(logs_processed) FILTER (WHERE ${isUncounted}), 0) AS "uncountedLogs"
         FROM ${SCHEMA}.runs WHERE ${where} AND ${isWithin}`,
        values,
      );
      const events = await query(
        eventRow,
        `SELECT event.key AS name, pg_catalog.sum(event.value::bigint) AS "count"
         FROM ${SCHEMA}.runs, pg_catalog.jsonb_each(runs.record -> 'events') AS event
         WHERE ${where} AND ${isWithin} AND events > 0 GROUP BY event.key ORDER BY pg_catalog.min(runs.id)`,
        values,
      );
      const partly = await query(runRow, `${records} AND NOT (${isWithin}) ORDER BY id`, values);
      const lastFailed = await query(runRow, `${records} AND failed = 1 ORDER BY id DESC LIMIT 1`, values);
      const dropped = await query(
        droppedRow,
        `SELECT dropped_until AS "droppedUntil" FROM ${SCHEMA}.run_stores WHERE tenant_id = $1`,
        [tenantId],
      );
      return sumSpan({ within, events, partly, lastFailed, dropped }, span);
    },
  };
}

/** Opens the run store of a tenant, by the database's clock. */
export const openRunStore =
  (connection: PostgresConnection, tenantId: string): OpenRunStore =>
  (options) => ({
    state: openState(connection, tenantId, options),
    history: openHistory(connection, tenantId, options.remaining),
  });
