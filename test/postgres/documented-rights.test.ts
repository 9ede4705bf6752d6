import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openMachines, runNow, runsOf } from '../server/cli/start-machines';
import { startProcess } from '../server/cli/start-process';
import { node22 } from '../support/node-22';
import { openTestPostgres, ownPostgres, type TestDatabase } from '../support/postgres';
import type { Postgres } from './start-postgres';

const SOON = { timeout: 60_000, interval: 200 };

/** The document's password, which is no ASCII text. */
const PASSWORD = '…';

/** The statements of the document's SQL blocks, in its order. */
const blocks = [
  ...(await readFile(new URL('../../docs/many-machines.md', import.meta.url), 'utf8')).matchAll(
    /^ *```sql\n([\s\S]+?)```/gm,
  ),
].map(([, block = '']) =>
  block
    .split(/;\s*\n/)
    .map((statement) => statement.trim())
    .filter(Boolean),
);
const [createAll = [], grantCreate = [], createSchemas = [], grantRows = [], dropQueue = []] = blocks;

let server: Postgres;
let admin: TestDatabase;
const asAdmin = (): string => server.url.replace(/\/postgres$/, '/exporter');
const asExporter = (): string => {
  const url = new URL(asAdmin());
  url.username = 'exporter';
  url.password = encodeURIComponent(PASSWORD);
  return url.href;
};

beforeAll(async () => {
  // The document's names are those of the whole server.
  server = await ownPostgres({}, afterAll);
  admin = await openTestPostgres(() => {}, server.url);
});

beforeEach(async () => {
  await admin.exec('DROP DATABASE IF EXISTS exporter WITH (FORCE)');
  await admin.exec('DROP ROLE IF EXISTS exporter');
  for (const statement of createAll) await admin.exec(statement);
  // Other rights than the documented ones must not help.
  await admin.exec('REVOKE ALL ON DATABASE exporter FROM PUBLIC');
});

async function runInExporter(statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: asAdmin() });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Starts an exporter as the documented role, which exports what is due, and again on request. */
async function expectExport(): Promise<void> {
  const { start, sandboxes } = await openMachines({
    url: asExporter(),
    tenants: { acme: 30, beta: 30 },
  });
  const machine = await start('all');
  await vi.waitFor(async () => {
    expect((await runsOf(machine.url, 'acme')).runs.map(({ result }) => result)).toEqual(['Succeeded']);
  }, SOON);
  expect(await runNow(machine.url, 'acme')).toBe(204);
  await vi.waitFor(async () => expect(await runsOf(machine.url, 'acme')).toMatchObject({ total: 2 }), SOON);
  expect(sandboxes.get('acme')?.segment.ids('track').size).toBeGreaterThan(0);
  expect([await machine.stop(), machine.err()]).toEqual([0, '']);
  expect(machine.out()).not.toContain('trouble');
}

/** Runs `database migrate`; returns its exit code and stderr. */
async function migrateAs(url: string): Promise<readonly [number | null, string]> {
  const migrate = await startProcess(['database', 'migrate'], { env: { DATABASE_URL: url }, node: node22() });
  return [await migrate.exit, migrate.err()];
}

test('the document has the SQL blocks that these tests run', () => {
  expect(blocks.map(([first = '']) => first.split(' ').slice(0, 2).join(' '))).toEqual([
    'CREATE DATABASE',
    'GRANT CREATE',
    'CREATE SCHEMA',
    'GRANT USAGE',
    'DROP SCHEMA',
  ]);
});

test('a role that may create schemas migrates and exports, also after its queue was dropped', async () => {
  await runInExporter(grantCreate);
  expect(await migrateAs(asExporter())).toEqual([0, '']);
  await runInExporter(dropQueue);
  await expectExport();
}, 120_000);

test('a role that owns both schemas migrates and exports without CREATE on the database', async () => {
  await runInExporter(createSchemas);
  expect(await migrateAs(asExporter())).toEqual([0, '']);
  await expectExport();
}, 120_000);

test('a role that owns both schemas exports at its first start', async () => {
  await runInExporter(createSchemas);
  await expectExport();
}, 120_000);

test('a role that may change rows alone exports after an administrator migrated, and migrates nothing', async () => {
  expect(await migrateAs(asAdmin())).toEqual([0, '']);
  await runInExporter(grantRows);
  await expectExport();
  expect(await migrateAs(asExporter())).toEqual([0, '']);
}, 120_000);
