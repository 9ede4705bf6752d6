import { expect, test } from 'vitest';
import { MIGRATIONS, type Migration, SCHEMA } from '../../../server/database/postgres/schema';
import { buildNewer } from '../../support/build-newer';
import { deliveryGaps } from '../../support/delivery-gaps';
import { openTestPostgres } from '../../support/postgres';
import { doubled, openMachines, runNow, runsOf, SELDOM, slowDown } from './start-machines';

/** Whatever this version reads or writes. */
const TABLES = [
  'meta',
  'tenants',
  'tenant_changes',
  'run_stores',
  'runs',
  'run_notes',
  'workers',
  'live_events',
  'log_streams',
];
/** What a newer version adds to each table, which this one does not ask for. */
const additive: Migration = {
  oldestReader: MIGRATIONS.length,
  sql: TABLES.map(
    (table) => `ALTER TABLE ${SCHEMA}.${table} ADD COLUMN noted_by text NOT NULL DEFAULT ''`,
  ).join(';'),
};
/** What this version would damage. */
const incompatible: Migration = {
  oldestReader: MIGRATIONS.length + 2,
  sql: `ALTER TABLE ${SCHEMA}.meta ADD COLUMN checked text NOT NULL DEFAULT ''`,
};

test('an old worker exports beside a newer one that has changed the tables, hands over to it, and is refused if it would damage them', async () => {
  const { url } = await openTestPostgres();
  const { start, startProcess, sandboxes } = await openMachines({ url, tenants: { acme: 2_000, beta: 300 } });
  const [acme, beta] = [slowDown(sandboxes.get('acme')), sandboxes.get('beta')];
  const [newer, newest] = await Promise.all([
    buildNewer('newer', [additive]),
    buildNewer('newest', [additive, incompatible]),
  ]);
  const [web, old] = await Promise.all([start('web'), start('worker')]);
  await expect.poll(() => acme.segment.requests).toBeGreaterThan(1);

  const next = await startProcess('worker', newer);
  const sent = acme.segment.requests;
  await expect.poll(() => acme.segment.requests).toBeGreaterThan(sent + 1);
  expect((await runsOf(web.url, 'acme')).runs).toMatchObject([{ result: 'Running' }]);
  // One that is started again before its turn has come, and the web process that is still the old one.
  const restarted = await start('worker');
  expect(await runNow(web.url, 'beta')).toBe(204);
  const resultsOf = async (url: string, tenant: string) =>
    (await runsOf(url, tenant)).runs.map(({ result }) => result);
  await expect.poll(() => resultsOf(web.url, 'beta'), SELDOM).toEqual(['Succeeded', 'Succeeded']);

  expect(await Promise.all([old.stop(), restarted.stop(), web.stop()])).toEqual([0, 0, 0]);
  const newWeb = await startProcess('web', newer);
  acme.segment.faults.clear();
  await expect.poll(() => resultsOf(newWeb.url, 'acme'), SELDOM).toEqual(['Succeeded', 'Succeeded']);
  for (const sandbox of [acme, beta]) {
    if (!sandbox) throw new Error('no sandbox');
    expect(doubled(sandbox)).toEqual([]);
    expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
  }
  expect([old, restarted, web, next, newWeb].map((machine) => machine.err())).toEqual(['', '', '', '', '']);

  // A version that says so keeps out those that it has come after.
  await startProcess('worker', newest);
  await expect(start('worker')).rejects.toThrow(/ended with 78 .*Start the newer program instead\./s);
});
