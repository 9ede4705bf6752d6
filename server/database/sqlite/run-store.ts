import * as v from 'valibot';
import { foldInto } from '../../../src/storage/run-history';
import type { RunRecord, RunState } from '../../../src/storage/run-state';
import type { EndedRun, OpenRunStore, RunHistory, RunQuery } from '../../../src/storage/run-store';
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
import type { Connection, Parameters } from './connection';

const storeRow = v.object({ id: v.number(), state: v.string() });
const newestRow = v.object({ id: v.number(), runId: v.string(), record: recordText });

const toColumns = (runId: string, record: RunRecord) => ({
  ...toRunColumns(runId, record),
  record: toStorableJson(record),
});

/** Adds a record to a history as it is, within a write. */
export function insertRun({ run }: Connection, storeId: number, { id: runId, record }: EndedRun): void {
  run(
    `INSERT INTO runs (store_id, run_id, first_start, last_start, runs, failed, rejected, logs_processed, batches,
       skipped, events, record)
     VALUES (:storeId, :runId, :firstStart, :lastStart, :runs, :failed, :rejected, :logsProcessed, :batches,
       :skipped, :events, :record)`,
    { storeId, ...toColumns(runId, record) },
  );
}

/**
 * Adds a run to a history, within a write. One that is folded into the newest record gives it its own id, and leaves
 * its own note.
 */
function appendRun(connection: Connection, storeId: number, ended: EndedRun): void {
  const { query, run } = connection;
  const [newest] = query(
    newestRow,
    'SELECT id, run_id AS runId, record FROM runs WHERE store_id = :storeId ORDER BY id DESC LIMIT 1',
    { storeId },
  );
  const folded = newest && foldInto(newest.record, ended.record);
  if (!folded) {
    insertRun(connection, storeId, ended);
    return;
  }
  run(
    `UPDATE runs SET run_id = :runId, first_start = :firstStart, last_start = :lastStart, runs = :runs,
       failed = :failed, rejected = :rejected, logs_processed = :logsProcessed, batches = :batches,
       skipped = :skipped, events = :events, record = :record
     WHERE id = :id`,
    { id: newest.id, ...toColumns(ended.id, folded) },
  );
  run('DELETE FROM run_notes WHERE store_id = :storeId AND run_id = :runId', {
    storeId,
    runId: newest.runId,
  });
}

/** The records of a tenant that a query asks for. */
function filterOf({ failedOnly, rejectedOnly, from, until }: Omit<RunQuery, 'offset' | 'limit'>): {
  where: string;
  parameters: Parameters;
} {
  const conditions = [
    'store_id = (SELECT id FROM run_stores WHERE tenant_id = :tenantId)',
    ...(failedOnly ? ['failed = 1'] : []),
    ...(rejectedOnly ? ['rejected > 0'] : []),
    ...(from === undefined ? [] : ['last_start >= :from']),
    ...(until === undefined ? [] : ['first_start < :until']),
  ];
  return {
    where: conditions.join(' AND '),
    parameters: {
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
    },
  };
}

/** Opens the history of a tenant. */
function openHistory({ query }: Connection, tenantId: string): RunHistory {
  const toRun = ({ runId, record }: v.InferOutput<typeof runRow>) => ({ ...record, id: runId });
  return {
    list: async ({ offset, limit, ...wanted }) => {
      const filter = filterOf(wanted);
      const parameters = { tenantId, ...filter.parameters };
      const rows = query(
        runRow,
        `SELECT run_id AS runId, record FROM runs WHERE ${filter.where} ORDER BY id DESC LIMIT :limit OFFSET :offset`,
        { ...parameters, limit, offset },
      );
      const [counted] = query(
        countRow,
        `SELECT COUNT(*) AS "count" FROM runs WHERE ${filter.where}`,
        parameters,
      );
      return { runs: rows.map(toRun), total: counted?.count ?? 0 };
    },
    sums: async (span) => {
      const { where, parameters: times } = filterOf(span);
      const parameters = { tenantId, ...times };
      // Runs that share a record may have begun before the span, or gone on after it: those are counted in part.
      const isWithin = 'first_start >= :from AND last_start < :until';
      const within = query(
        sumsRow,
        `SELECT COALESCE(SUM(runs), 0) AS runs, COALESCE(SUM(runs * failed), 0) AS failed,
           COALESCE(SUM(logs_processed), 0) AS logsProcessed, COALESCE(SUM(batches), 0) AS batches,
           COALESCE(SUM(skipped), 0) AS skipped, COALESCE(SUM(rejected), 0) AS rejected,
           COALESCE(SUM(runs) FILTER (WHERE ${isUncounted}), 0) AS uncountedRuns,
           COALESCE(SUM(logs_processed) FILTER (WHERE ${isUncounted}), 0) AS uncountedLogs
         FROM runs WHERE ${where} AND ${isWithin}`,
        parameters,
      );
      const events = query(
        eventRow,
        `SELECT event.key AS name, SUM(event.value) AS "count"
         FROM runs, json_each(runs.record, '$.events') AS event
         WHERE ${where} AND ${isWithin} AND events > 0 GROUP BY event.key ORDER BY MIN(runs.id)`,
        parameters,
      );
      const partly = query(
        runRow,
        `SELECT run_id AS runId, record FROM runs WHERE ${where} AND NOT (${isWithin}) ORDER BY runs.id`,
        parameters,
      );
      const lastFailed = query(
        runRow,
        `SELECT run_id AS runId, record FROM runs WHERE ${where} AND failed = 1 ORDER BY id DESC LIMIT 1`,
        parameters,
      );
      const dropped = query(
        droppedRow,
        'SELECT dropped_until AS droppedUntil FROM run_stores WHERE tenant_id = :tenantId',
        { tenantId },
      );
      return sumSpan({ within, events, partly, lastFailed, dropped }, span);
    },
  };
}

/**
 * Opens the run store of a tenant. Every change is one transaction: it reads, changes and writes before any other
 * process can.
 *
 * @param now milliseconds since 1970, by the one clock of this machine
 */
export function openRunStore(connection: Connection, tenantId: string, now: () => number): OpenRunStore {
  const { query, run, write } = connection;
  return ({ onDamaged }) => {
    const readStore = (): { id: number; state: RunState } => {
      const [store] = query(storeRow, 'SELECT id, state FROM run_stores WHERE tenant_id = :tenantId', {
        tenantId,
      });
      if (!store) throw tenantRemoved();
      return { id: store.id, state: readState(store.state, onDamaged) };
    };
    return {
      state: {
        clocksDifferMs: 0,
        read: async () => {
          try {
            return readStore().state;
          } catch (error) {
            throw toRunError('storage_read', error);
          }
        },
        update: async (change) => {
          try {
            return write(() => {
              const { id, state } = readStore();
              const changed = change(state, now());
              if (!changed) return state;
              run('UPDATE run_stores SET state = :state, version = version + 1 WHERE id = :id', {
                id,
                state: JSON.stringify(changed.state),
              });
              for (const ended of changed.ended ?? []) appendRun(connection, id, ended);
              return changed.state;
            });
          } catch (error) {
            throw toRunError('storage_write', error);
          }
        },
      },
      history: openHistory(connection, tenantId),
    };
  };
}
