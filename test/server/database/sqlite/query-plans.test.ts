import Libsql from 'libsql';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { type Connection, connect } from '../../../../server/database/sqlite/connection';
import { openOverview } from '../../../../server/database/sqlite/overview';
import { prune } from '../../../../server/database/sqlite/prune';
import { openRunNotes } from '../../../../server/database/sqlite/run-notes';
import { openRunStore } from '../../../../server/database/sqlite/run-store';
import { openTenants } from '../../../../server/database/sqlite/tenants';
import { makeRecord } from '../../../support/make-record';
import { makeTenant, NOON, openTestDatabase } from '../open-test-database';

const plan = v.object({ detail: v.string() });

/** A database that notes the plan of each statement that is run by way of it. */
async function openPlanned() {
  const database = await openTestDatabase();
  const connection = connect(database.name, () => {});
  const explain = new Libsql(database.name);
  onTestFinished(() => {
    explain.close();
    connection.close();
  });
  const plans: string[] = [];
  const note = (sql: string) => {
    const steps = v.parse(v.array(plan), explain.prepare(`EXPLAIN QUERY PLAN ${sql}`).all({}));
    plans.push(...steps.map(({ detail }) => detail));
  };
  const planned: Connection = {
    ...connection,
    query: (row, sql, parameters) => {
      note(sql);
      return connection.query(row, sql, parameters);
    },
    run: (sql, parameters) => {
      note(sql);
      return connection.run(sql, parameters);
    },
  };
  const tenant = makeTenant('acme');
  const tenants = openTenants(planned);
  await tenants.add(tenant);
  plans.length = 0;
  return { planned, plans, tenant, tenants };
}

/** Steps that look at every row of a table that grows with time, or with the tenants. */
const scansIn = (plans: readonly string[]) =>
  plans.filter((step) => /^SCAN (runs|run_notes|run_stores|tenants|tenant_changes)\b/.test(step));

test('what is due is found by its time, and moved by its id', async () => {
  const { plans, tenants, tenant } = await openPlanned();
  await tenants.due(NOON, 10);
  await tenants.claim(tenant.id, NOON, NOON + 1);
  await tenants.find('acme');
  await tenants.changes(tenant.id, 20);
  expect(plans.filter((step) => step.includes('tenants_due'))).toHaveLength(1);
  expect(scansIn(plans)).toEqual([]);
  expect(plans.join('\n')).not.toContain('TEMP B-TREE');
});

test('a run reads and writes its state, and adds its record, without looking through others', async () => {
  const { planned, plans, tenant } = await openPlanned();
  const store = openRunStore(planned, tenant.id, () => NOON)({ remaining: () => 1000 });
  for (const id of ['run-1', 'run-2']) {
    await store.state.update((state) => ({ state, ended: [{ id, record: makeRecord() }] }));
  }
  expect(scansIn(plans)).toEqual([]);
});

test('pages of a history come from an index, in its order', async () => {
  const { planned, plans, tenant } = await openPlanned();
  const { history } = openRunStore(planned, tenant.id, () => NOON)({ remaining: () => 1000 });
  const page = { offset: 20, limit: 20 };
  await history.list(page);
  await history.list({ ...page, failedOnly: true });
  await history.list({ ...page, rejectedOnly: true });
  expect(scansIn(plans)).toEqual([]);
  expect(plans.join('\n')).not.toContain('TEMP B-TREE');
  expect(plans.some((step) => step.includes('runs_failed'))).toBe(true);
  expect(plans.some((step) => step.includes('runs_rejected'))).toBe(true);
});

test('sums, notes, hours and pruning look at the runs of their tenant and time alone', async () => {
  const { planned, plans, tenant } = await openPlanned();
  const { history } = openRunStore(planned, tenant.id, () => NOON)({ remaining: () => 1000 });
  await history.sums({ from: NOON - 1000, until: NOON });
  const notes = openRunNotes(planned);
  await notes.find(tenant.id, 'run-1');
  await notes.triggers(tenant.id, ['run-1']);
  await openOverview(planned, () => NOON).hours([tenant.id], NOON);
  expect(scansIn(plans)).toEqual([]);
  expect(plans.some((step) => step.includes('runs_by_time'))).toBe(true);
  plans.length = 0;
  await prune(planned, NOON, { days: 90 }, () => false);
  // The list of the stores itself, once.
  expect(scansIn(plans)).toHaveLength(1);
});

test('the look at all tenants seeks the newest records of each', async () => {
  const { planned, plans } = await openPlanned();
  await openOverview(planned, () => NOON).standings();
  expect(plans.filter((step) => /^SCAN runs\b/.test(step))).toEqual([]);
  expect(plans).toContain('SEARCH runs USING COVERING INDEX runs_newest (store_id=?)');
});
