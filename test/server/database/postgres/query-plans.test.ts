import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  connect,
  type PostgresConnection,
  type Session,
  type Values,
} from '../../../../server/database/postgres/connection';
import { damagedRow } from '../../../../server/database/postgres/errors';
import { openOverview } from '../../../../server/database/postgres/overview';
import { prune } from '../../../../server/database/postgres/prune';
import { openRunNotes } from '../../../../server/database/postgres/run-notes';
import { openRunStore } from '../../../../server/database/postgres/run-store';
import { openTenants } from '../../../../server/database/postgres/tenants';
import { systemClock } from '../../../../src/time';
import { makeRecord } from '../../../support/make-record';
import { NOON } from '../open-test-database';
import { makeTestPostgres, type TestPostgres } from './open-test-postgres';

const TENANTS = 1_000;
const RUNS_OF_EACH = 100;
const ID = 'tenant-500';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await makeTestPostgres(afterAll);
  const record = JSON.stringify(makeRecord({ logsProcessed: 1, batches: 1, events: { 'Success Login': 1 } }));
  await postgres.exec(`
    INSERT INTO tenants (id, name, origin, settings, schedule, time_zone, is_active, created_at, due_at, version)
      SELECT 'tenant-' || n, 'name-' || n, 'stored', '{}', '0 */5 * * * *', 'UTC', 1, '', ${NOON} + n * 1000, 1
      FROM generate_series(1, ${TENANTS}) AS n;
    INSERT INTO run_stores (tenant_id) SELECT id FROM tenants;
    INSERT INTO tenant_changes (tenant_id, at, name, was, became)
      SELECT id, '', 'BATCH_SIZE', '1', '2' FROM tenants, generate_series(1, 20);
    INSERT INTO runs (store_id, run_id, first_start, last_start, runs, failed, rejected, logs_processed, batches,
        skipped, events, record)
      SELECT run_stores.id, 'run-' || n, ${NOON} - n * 300000, ${NOON} - n * 300000, 1, (n % 50 = 0)::integer,
        (n % 60 = 0)::integer, 1, 1, 0, 1, '${record}'
      FROM generate_series(${RUNS_OF_EACH}, 1, -1) AS n, run_stores;
    INSERT INTO run_notes (store_id, run_id, cause, due_at, started_at, lines, lines_left_out, characters)
      SELECT store_id, run_id, 'schedule', '', '2025-03-03T12:00:00.000Z', '[]', 0, 2 FROM runs`);
  await postgres.exec('VACUUM ANALYZE');
});

/** A connection that notes the plan of each statement that is given to it. */
async function openPlanned() {
  const connection = await connect({ url: postgres.url, places: 1, clock: systemClock });
  const explain = new pg.Client({ connectionString: postgres.url });
  await explain.connect();
  onTestFinished(async () => {
    await explain.end();
    await connection.close();
  });
  const plans: string[] = [];
  const note = async (sql: string, values: Values = []) => {
    const { rows } = await explain.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, [...values]);
    plans.push(...rows.map((row) => row['QUERY PLAN'].trim()));
  };
  const noting = (session: Session): Session => ({
    query: async (row, sql, values) => {
      await note(sql, values);
      return session.query(row, sql, values);
    },
    run: async (sql, values) => {
      await note(sql, values);
      return session.run(sql, values);
    },
  });
  const planned: PostgresConnection = {
    ...connection,
    ...noting(connection),
    within: (ms) => noting(connection.within(ms)),
  };
  return { planned, plans };
}

/** Steps that look at every row of a table that grows with time, or with the tenants. */
const scansIn = (plans: readonly string[]) =>
  plans.filter((step) => /Seq Scan on (runs|run_notes|run_stores|tenants|tenant_changes)\b/.test(step));
const isUsed = (plans: readonly string[], index: string) => plans.some((step) => step.includes(index));

test('what is due is found by its time, and moved by its id', async () => {
  const { planned, plans } = await openPlanned();
  const tenants = openTenants(planned);
  expect(await tenants.due(NOON, 10)).toEqual({ tenants: [], next: NOON + 1000 });
  expect(plans.filter((step) => step.includes('tenants_due'))).toHaveLength(1);
  expect(plans.join('\n')).not.toContain('Sort');
  await tenants.claim(ID, NOON + 500_000, NOON + 500_000);
  await tenants.bringForward(ID, NOON + 499_999);
  await tenants.find('name-500');
  await tenants.changes(ID, 20);
  expect(scansIn(plans)).toEqual([]);
});

test('a run reads and writes its state, and adds its record, without looking through others', async () => {
  const { planned, plans } = await openPlanned();
  const { state } = openRunStore(planned, ID)({ remaining: () => 10_000 });
  const record = makeRecord({ start: '2025-03-03T12:00:00.000Z', end: '2025-03-03T12:00:01.000Z' });
  await state.update((before) => ({ state: before }));
  await state.update((before) => ({ state: before, ended: [{ id: 'run-a', record }] }));
  // Folded into the one before.
  await state.update((before) => ({ state: before, ended: [{ id: 'run-b', record }] }));
  expect(scansIn(plans)).toEqual([]);
});

test('pages of a history come from an index, in its order', async () => {
  const { planned, plans } = await openPlanned();
  const { history } = openRunStore(planned, ID)({ remaining: () => 10_000 });
  const page = { offset: 20, limit: 20 };
  await history.list(page);
  expect(plans.join('\n')).not.toContain('Sort');
  await history.list({ ...page, failedOnly: true });
  await history.list({ ...page, rejectedOnly: true });
  expect(scansIn(plans)).toEqual([]);
  expect(isUsed(plans, 'runs_newest')).toBe(true);
  expect(isUsed(plans, 'runs_failed')).toBe(true);
  expect(isUsed(plans, 'runs_rejected')).toBe(true);
});

test('sums, notes, hours and pruning look at the runs of their tenant and time alone', async () => {
  const { planned, plans } = await openPlanned();
  const { history } = openRunStore(planned, ID)({ remaining: () => 10_000 });
  await history.sums({ from: NOON - 3_600_000, until: NOON });
  const notes = openRunNotes(planned);
  await notes.find(ID, 'run-1');
  await notes.triggers(ID, ['run-1', 'run-2']);
  await openOverview(planned, (error) => damagedRow(planned, error)).hours([ID], NOON - 3_600_000);
  expect(scansIn(plans)).toEqual([]);
  expect(isUsed(plans, 'runs_by_time')).toBe(true);
  plans.length = 0;
  // Of the first tenants alone: all of them do the same.
  let looks = 0;
  const isOver = () => {
    looks += 1;
    return looks > 10;
  };
  await prune(planned, { days: 90 }, isOver);
  // The list of the stores itself, once.
  expect(scansIn(plans)).toHaveLength(1);
});

test('the look at all tenants seeks the newest records of each', async () => {
  const { planned, plans } = await openPlanned();
  const overview = openOverview(planned, (error) => damagedRow(planned, error));
  expect(await overview.standings()).toHaveLength(TENANTS);
  expect(scansIn(plans).filter((step) => / on runs\b/.test(step))).toEqual([]);
  expect(isUsed(plans, 'runs_newest')).toBe(true);
});
