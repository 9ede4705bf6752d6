import { expect, test, vi } from 'vitest';
import { MIGRATIONS, type Migration, SCHEMA } from '../../../server/database/postgres/schema';
import { buildNewer } from '../../support/build-newer';
import { deliveryGaps } from '../../support/delivery-gaps';
import { openTestPostgres } from '../../support/postgres';
import { doubled, openMachines, runNow, runsOf, slowDown } from './start-machines';

const SOON = { timeout: 60_000, interval: 100 };

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

test('upgraded one process after the other, an old worker exports on beside a new one that has changed the tables, hands over to it, and is refused where it would do damage', async () => {
  const { url } = await openTestPostgres();
  const { start, sandboxes } = await openMachines({ url, tenants: { acme: 6_000, beta: 300 } });
  const [acme, beta] = [slowDown(sandboxes.get('acme')), sandboxes.get('beta')];
  const [newer, newest] = await Promise.all([
    buildNewer('newer', [additive]),
    buildNewer('newest', [additive, incompatible]),
  ]);
  const [web, old] = await Promise.all([start('web'), start('worker')]);
  await vi.waitFor(() => expect(acme.segment.requests).toBeGreaterThan(1), SOON);

  const next = await start('worker', newer);
  const sent = acme.segment.requests;
  await vi.waitFor(() => expect(acme.segment.requests).toBeGreaterThan(sent + 1), SOON);
  expect((await runsOf(web.url, 'acme')).runs).toMatchObject([{ result: 'Running' }]);
  // One that is started again before its turn has come, and the web process that is still the old one.
  const restarted = await start('worker');
  expect(await runNow(web.url, 'beta')).toBe(204);
  await vi.waitFor(async () => {
    const { runs } = await runsOf(web.url, 'beta');
    expect(runs.map(({ result }) => result)).toEqual(['Succeeded', 'Succeeded']);
  }, SOON);

  expect(await Promise.all([old.stop(), restarted.stop(), web.stop()])).toEqual([0, 0, 0]);
  const newWeb = await start('web', newer);
  acme.segment.faults.clear();
  await vi.waitFor(async () => {
    const { runs } = await runsOf(newWeb.url, 'acme');
    expect(runs.map(({ result }) => result)).toEqual(['Succeeded', 'Succeeded']);
  }, SOON);
  for (const sandbox of [acme, beta]) {
    if (!sandbox) throw new Error('no sandbox');
    expect(doubled(sandbox)).toEqual([]);
    expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
  }
  expect([old, restarted, web, next, newWeb].map((machine) => machine.err())).toEqual(['', '', '', '', '']);

  // A version that says so keeps out those that it has come after.
  await start('worker', newest);
  await expect(start('worker')).rejects.toThrow(/ended with 78 .*Start the newer program instead\./s);
}, 120_000);
