import * as v from 'valibot';
import { ExportError } from '../../../src/errors';
import { addSums, foldInto, lastStartOf, runsIn, sumRuns } from '../../../src/storage/run-history';
import {
  damagedState,
  parseRunState,
  type RunRecord,
  type RunState,
  runRecord,
} from '../../../src/storage/run-state';
import type { EndedRun, OpenRunStore, RunHistory, RunQuery, RunSums } from '../../../src/storage/run-store';
import { DatabaseError } from '../errors';
import type { Connection, Parameters } from './connection';

/** The text of a record's column. */
export const recordText = v.pipe(v.string(), v.parseJson(), runRecord);

const storeRow = v.object({ id: v.number(), state: v.string() });
const newestRow = v.object({ id: v.number(), runId: v.string(), record: recordText });
const runRow = v.object({ runId: v.string(), record: recordText });
const countRow = v.object({ count: v.number() });
const droppedRow = v.object({ droppedUntil: v.nullable(v.number()) });
const sumsRow = v.object({
  runs: v.number(),
  failed: v.number(),
  logsProcessed: v.number(),
  batches: v.number(),
  skipped: v.number(),
  rejected: v.number(),
});
const eventRow = v.object({ name: v.string(), count: v.number() });

/** Milliseconds since 1970; `null` where it is no moment. */
function toMs(iso: string): number | null {
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}

const eventsOf = ({ events = {} }: RunRecord): number =>
  Object.values(events).reduce((sum, count) => sum + count, 0);

/** The columns by which a record is found and added up. */
const toColumns = (runId: string, record: RunRecord) => ({
  runId,
  firstStart: toMs(record.start),
  lastStart: toMs(lastStartOf(record)),
  runs: runsIn(record),
  failed: record.error ? 1 : 0,
  rejected: record.rejected.length,
  logsProcessed: record.logsProcessed,
  batches: record.batches,
  skipped: record.skipped,
  events: eventsOf(record),
  record: JSON.stringify(record),
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

/**
 * The state as its column says it.
 *
 * @throws {ExportError} `storage_damaged`
 */
export function parseState(text: string): RunState {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw damagedState('the whole document');
  }
  return parseRunState(document);
}

/** What a run is told of a database that cannot be used; where it is does not concern whom the run tells. */
const runError = (code: 'storage_read' | 'storage_write', consequence: string, error: DatabaseError) =>
  new ExportError(code, `${consequence} ${error.reason}`, error);

const REMOVED = 'The tenant has been removed, so its state is no longer kept under it.';

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
      const [within] = query(
        sumsRow,
        `SELECT COALESCE(SUM(runs), 0) AS runs, COALESCE(SUM(runs * failed), 0) AS failed,
           COALESCE(SUM(logs_processed), 0) AS logsProcessed, COALESCE(SUM(batches), 0) AS batches,
           COALESCE(SUM(skipped), 0) AS skipped, COALESCE(SUM(rejected), 0) AS rejected
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
      const [lastFailed] = query(
        runRow,
        `SELECT run_id AS runId, record FROM runs WHERE ${where} AND failed = 1 ORDER BY id DESC LIMIT 1`,
        parameters,
      );
      const [kept] = query(
        droppedRow,
        'SELECT dropped_until AS droppedUntil FROM run_stores WHERE tenant_id = :tenantId',
        { tenantId },
      );
      const sums: RunSums = {
        ...(within ?? { runs: 0, failed: 0, logsProcessed: 0, batches: 0, skipped: 0, rejected: 0 }),
        events: Object.fromEntries(events.map(({ name, count }) => [name, count])),
        lastFailure: undefined,
        isWhole: (kept?.droppedUntil ?? Number.NEGATIVE_INFINITY) < span.from,
      };
      const error = lastFailed?.record.error;
      return {
        ...addSums(
          sums,
          sumRuns(
            partly.map((row) => row.record),
            span,
          ),
        ),
        lastFailure: lastFailed && error && { start: lastStartOf(lastFailed.record), ...error },
      };
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
      if (!store) throw new ExportError('tenant_removed', REMOVED);
      try {
        return { id: store.id, state: parseState(store.state) };
      } catch (error) {
        if (!onDamaged) throw error;
        onDamaged();
        return { id: store.id, state: { ...parseRunState(undefined), checkpointLost: true } };
      }
    };
    return {
      state: {
        clocksDifferMs: 0,
        read: async () => {
          try {
            return readStore().state;
          } catch (error) {
            if (!(error instanceof DatabaseError)) throw error;
            throw runError(
              'storage_read',
              'The stored state could not be read, so the checkpoint is not known and nothing was exported.',
              error,
            );
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
            if (!(error instanceof DatabaseError)) throw error;
            throw runError(
              'storage_write',
              'The state could not be stored, so the checkpoint could not be moved. What was sent since is sent again by the next run, which Segment recognises.',
              error,
            );
          }
        },
      },
      history: openHistory(connection, tenantId),
    };
  };
}
