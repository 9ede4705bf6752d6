import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type CopyOptions, copyDatabase } from '../../server/database/copy';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import type { RunRecord } from '../../src/storage/run-state';
import { systemClock } from '../../src/time';
import { addTenants } from '../e2e/dashboard/add-tenants';
import { runInProcess } from '../server/cli/run-in-process';
import { startProcess } from '../server/cli/start-process';
import { makeTenant, NOON, openTestDatabase } from '../server/database/open-test-database';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { makeRecord } from '../support/make-record';
import { node22 } from '../support/node-22';
import { openTestPostgres, type TestDatabase } from '../support/postgres';
import { temporaryFolder } from '../support/temporary-folder';

type Source = Awaited<ReturnType<typeof openTestDatabase>>;

const SCHEMA = 'auth0_logs_to_segment';
/** Ends with the test's own limit. */
const SOON = { timeout: 120_000, interval: 20 };
const minutes = (count: number) => new Date(NOON + count * 60_000).toISOString();

/** Both sides, the new one empty. */
async function openSides() {
  const folder = await temporaryFolder();
  const target = await openTestPostgres();
  const source = await openTestDatabase({ folder, now: Date.now });
  const copy = (options: Partial<CopyOptions> = {}) =>
    copyDatabase({
      folder,
      url: target.url,
      clock: systemClock,
      stop: new AbortController().signal,
      ...options,
    });
  return { folder, target, source, copy };
}

/** Ends a run of a tenant: state, record and note. */
async function endRun(
  source: Source,
  tenantId: string,
  minute: number,
  fields: Partial<RunRecord> = { logsRead: 3, logsProcessed: 3, batches: 1, events: { 'Success Login': 3 } },
) {
  const store = source.storeOf(tenantId)({ remaining: () => 1000 });
  const id = `run-${minute}`;
  const record = makeRecord({ start: minutes(minute), end: minutes(minute + 0.1), ...fields });
  await source.notes.put(tenantId, {
    id,
    trigger: 'schedule',
    dueAt: minutes(minute),
    startedAt: minutes(minute),
    lines: [`line of ${id}`],
    linesLeftOut: 0,
  });
  await store.state.update((state) => ({
    state: { ...state, checkpointId: `9002024010112${minute}`, lastRun: record.end },
    ended: [{ id, record }],
  }));
}

/** A tenant with runs, changes and a log stream. */
async function addExported(source: Source, folder: string, name: string, runs: number) {
  const tenant = makeTenant(name, {
    settings: { AUTH0_DOMAIN: `${name}.eu.auth0.com`, SEGMENT_KEY: 'jwe:sealed' },
  });
  await source.tenants.add(tenant);
  for (let minute = 0; minute < runs; minute += 1) await endRun(source, tenant.id, minute);
  await source.tenants.replace({ ...tenant, settings: { ...tenant.settings, BATCH_SIZE: '50' } }, [
    { at: minutes(9), name: 'BATCH_SIZE', from: '', to: '50' },
  ]);
  const db = new Libsql(join(folder, 'exporter.db'));
  db.prepare('INSERT INTO log_streams (tenant_id, token_hash, noted_id, asked) VALUES (?, ?, ?, 0)').run(
    tenant.id,
    `hash of ${name}`,
    '9002',
  );
  db.close();
  return tenant;
}

/** What each table has, with the names of tenants instead of the numbers that each side gives by itself. */
const TABLES: Readonly<Record<string, (schema: string) => string>> = {
  tenants: (schema) =>
    `SELECT id, name, origin, settings, schedule, time_zone, is_active, created_at, due_at, due_for, version FROM ${schema}tenants ORDER BY id`,
  changes: (schema) =>
    `SELECT tenant_id, at, name, was, became FROM ${schema}tenant_changes ORDER BY tenant_id, id`,
  stores: (schema) =>
    `SELECT tenant_id, kept_for, state, version, dropped_until FROM ${schema}run_stores ORDER BY tenant_id NULLS FIRST, kept_for`,
  runs: (schema) =>
    `SELECT tenant_id, kept_for, run_id, first_start, last_start, runs, failed, rejected, logs_processed, batches, skipped, events, record FROM ${schema}runs AS runs JOIN ${schema}run_stores AS stores ON stores.id = store_id ORDER BY tenant_id NULLS FIRST, kept_for, runs.id`,
  notes: (schema) =>
    `SELECT tenant_id, kept_for, run_id, cause, due_at, started_at, lines, lines_left_out, characters FROM ${schema}run_notes AS notes JOIN ${schema}run_stores AS stores ON stores.id = store_id ORDER BY tenant_id NULLS FIRST, kept_for, notes.id`,
  streams: (schema) => `SELECT * FROM ${schema}log_streams ORDER BY tenant_id`,
  meta: (schema) =>
    `SELECT name, value FROM ${schema}meta WHERE name NOT LIKE 'copied %' AND name <> 'probe' ORDER BY name`,
};

/** A row whose numbers are numbers, and whose record is what it says, whichever side it is of. */
const plain = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      name === 'record' && typeof value === 'string'
        ? JSON.parse(value)
        : typeof value === 'string' && /^\d{1,15}$/.test(value)
          ? Number(value)
          : value,
    ]),
  );

type Dump = Record<string, Record<string, unknown>[]>;

function dumpSource(folder: string): Dump {
  const db = new Libsql(join(folder, 'exporter.db'));
  const tables = Object.entries(TABLES).map(([name, sql]) => [
    name,
    (db.prepare(sql('')).all({}) as Record<string, unknown>[]).map(plain),
  ]);
  db.close();
  return Object.fromEntries(tables);
}

async function dumpTarget({ exec }: TestDatabase): Promise<Dump> {
  const tables: [string, Record<string, unknown>[]][] = [];
  for (const [name, sql] of Object.entries(TABLES)) {
    tables.push([name, (await exec(sql(`${SCHEMA}.`))).rows.map(plain)]);
  }
  return Object.fromEntries(tables);
}

/** Gives a tenant's state a lease that ends in so many seconds. */
const leaseFor = (seconds: number) => ({
  owner: 'o',
  startedAt: new Date().toISOString(),
  expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
  progress: makeRecord(),
});

describe('a copy', () => {
  test('has everything that the file has', async () => {
    const { folder, target, source, copy } = await openSides();
    await source.meta.put('secret', 'of this installation');
    await addExported(source, folder, 'acme', 3);
    await addExported(source, folder, 'blue', 1);
    const removed = await addExported(source, folder, 'gone', 2);
    await source.tenants.remove(removed.id, true);
    await source.tenants.add(makeTenant('idle', { isActive: false, dueAt: null }));
    await source.tenants.bringForward((await source.tenants.find('blue'))?.id ?? '', NOON - 1000);

    expect(await copy()).toMatchObject({ added: 3, refreshed: 0, leftAlone: [], runs: 6 });
    const copied = await dumpTarget(target);
    expect(copied).toEqual(dumpSource(folder));
    expect(copied.stores).toHaveLength(4);
    expect(copied.tenants).toContainEqual(expect.objectContaining({ name: 'blue', due_for: 'stream' }));
  });

  test('keeps a record with characters that PostgreSQL refuses', async () => {
    const { target, source, copy } = await openSides();
    const tenant = makeTenant('acme');
    await source.tenants.add(tenant);
    await endRun(source, tenant.id, 1, { error: { message: 'odd \u0000 and \ud800 end', checkpoint: null } });
    await copy();
    const { rows } = await target.exec(`SELECT record->'error'->>'message' AS message FROM ${SCHEMA}.runs`);
    expect(rows).toEqual([{ message: 'odd \uFFFD and \uFFFD end' }]);
  });

  test('leaves the file as it was', async () => {
    const { folder, source, copy } = await openSides();
    await addExported(source, folder, 'acme', 3);
    const before = dumpSource(folder);
    await copy();
    expect(dumpSource(folder)).toEqual(before);
  });
});

describe('a copy again', () => {
  test('without anything new changes nothing', async () => {
    const { folder, target, source, copy } = await openSides();
    await addExported(source, folder, 'acme', 3);
    await copy();
    const before = await dumpTarget(target);
    expect(await copy()).toMatchObject({ added: 0, refreshed: 1, leftAlone: [], runs: 0 });
    expect(await dumpTarget(target)).toEqual(before);
  });

  test('brings runs, changes, notes, settings and tenants that have come since', async () => {
    const { folder, target, source, copy } = await openSides();
    const tenant = await addExported(source, folder, 'acme', 3);
    await copy();
    await endRun(source, tenant.id, 30);
    await source.tenants.replace({ ...tenant, version: 2, settings: { BATCH_SIZE: '7' } }, [
      { at: minutes(40), name: 'BATCH_SIZE', from: '50', to: '7' },
    ]);
    await addExported(source, folder, 'blue', 2);
    expect(await copy()).toMatchObject({ added: 1, refreshed: 1, runs: 3 });
    expect(await dumpTarget(target)).toEqual(dumpSource(folder));
  });

  test('brings a record whose last runs share it as it is now, and counts none of them twice', async () => {
    const { target, folder, source, copy } = await openSides();
    const tenant = makeTenant('acme');
    await source.tenants.add(tenant);
    for (const minute of [1, 6]) await endRun(source, tenant.id, minute, {});
    await copy();
    for (const minute of [11, 16]) await endRun(source, tenant.id, minute, {});
    await copy();
    const { runs, notes } = await dumpTarget(target);
    expect(runs).toMatchObject([{ run_id: 'run-16', runs: 4 }]);
    expect(notes).toMatchObject([{ run_id: 'run-16' }]);
    expect(await dumpTarget(target)).toEqual(dumpSource(folder));
  });

  test('leaves a tenant alone that has run there since, or was changed there, and says which', async () => {
    const { target, folder, source, copy } = await openSides();
    const [ran, changed, rest] = [
      await addExported(source, folder, 'ran', 1),
      await addExported(source, folder, 'changed', 1),
      await addExported(source, folder, 'rest', 1),
    ];
    await copy();
    await target.exec(
      `UPDATE ${SCHEMA}.run_stores SET state = '{"checkpointId":"there"}', version = version + 1 WHERE tenant_id = '${ran.id}'`,
    );
    await target.exec(
      `UPDATE ${SCHEMA}.tenants SET is_active = 0, version = version + 1 WHERE id = '${changed.id}'`,
    );
    for (const { id } of [ran, changed, rest]) await endRun(source, id, 50);
    const before = await dumpTarget(target);
    expect(await copy()).toMatchObject({ added: 0, refreshed: 1, leftAlone: ['changed', 'ran'], runs: 1 });
    const after = await dumpTarget(target);
    const of = (dump: Dump, table: string, id: string) => dump[table]?.filter((row) => row.tenant_id === id);
    for (const { id } of [ran, changed]) {
      for (const table of ['stores', 'runs', 'notes'])
        expect(of(after, table, id)).toEqual(of(before, table, id));
    }
    expect(of(after, 'runs', rest.id)).toHaveLength(2);
  });

  test('brings a tenant anew that was removed there', async () => {
    const { target, folder, source, copy } = await openSides();
    const { id } = await addExported(source, folder, 'acme', 2);
    await copy();
    await target.exec(`UPDATE ${SCHEMA}.run_stores SET version = 99 WHERE tenant_id = '${id}'`);
    await target.exec(`DELETE FROM ${SCHEMA}.run_stores; DELETE FROM ${SCHEMA}.tenants`);
    expect(await copy()).toMatchObject({ added: 1, leftAlone: [], runs: 2 });
    expect(await dumpTarget(target)).toEqual(dumpSource(folder));
  });
});

describe('a copy is refused', () => {
  test('while a run is under way in the file', async () => {
    const { folder, target, source, copy } = await openSides();
    await addExported(source, folder, 'acme', 1);
    const busy = await addExported(source, folder, 'busy', 1);
    const { state } = source.storeOf(busy.id)({ remaining: () => 1000 });
    await state.update((before) => ({ state: { ...before, lease: leaseFor(60) } }));
    await expect(copy()).rejects.toThrow(
      `A run of tenant busy is under way in ${source.name}, so nothing of it was copied. Stop every process that exports there, and copy again; a run whose process was killed counts as ended 15 seconds later.`,
    );
    expect((await dumpTarget(target)).tenants).toEqual([]);
    // Of a run that has died only its state is left, which the next one goes on from.
    await state.update((before) => ({ state: { ...before, lease: leaseFor(-1) } }));
    expect(await copy()).toMatchObject({ added: 2 });
  });

  test('while a run is under way in PostgreSQL', async () => {
    const { folder, target, source, copy } = await openSides();
    const { id } = await addExported(source, folder, 'acme', 1);
    await copy();
    const state = JSON.stringify({ checkpointId: '1', lease: leaseFor(60) });
    await target.exec(`UPDATE ${SCHEMA}.run_stores SET state = '${state}' WHERE tenant_id = '${id}'`);
    const { host } = new URL(target.url);
    await expect(copy()).rejects.toThrow(
      `A run of tenant acme is under way in ${host}/${target.name}, so nothing of it was copied.`,
    );
  });

  test('where a name is that of another tenant, and nothing is half applied', async () => {
    const { folder, target, source, copy } = await openSides();
    const other = await openSides();
    await addExported(source, folder, 'acme', 1);
    await copy();
    await addExported(other.source, other.folder, 'aaa', 1);
    await addExported(other.source, other.folder, 'acme', 1);
    const before = await dumpTarget(target);
    const { host } = new URL(target.url);
    await expect(other.copy({ url: target.url })).rejects.toThrow(
      `${host}/${target.name} has another tenant by the name of acme, and nothing is copied over it. Remove it on one of the two sides with the command tenants remove NAME, and copy again.`,
    );
    expect(await dumpTarget(target)).toEqual(before);
  });

  test('where there is no file', async () => {
    const { target, copy } = await openSides();
    const folder = await temporaryFolder();
    await expect(copy({ folder })).rejects.toThrow(`There is no database ${join(folder, 'exporter.db')}.`);
    await expect(target.exec(`SELECT FROM ${SCHEMA}.meta`)).rejects.toThrow('does not exist');
  });

  test('afterwards, where a process has gone on exporting from the file meanwhile', async () => {
    const { folder, target, source, copy } = await openSides();
    const tenant = await addExported(source, folder, 'acme', 1);
    // It is asked before each tenant.
    const stop = Object.defineProperty(new AbortController().signal, 'aborted', {
      get: () => {
        void endRun(source, tenant.id, 70);
        return false;
      },
    });
    await expect(copy({ stop })).rejects.toThrow(
      'was written to during the copy: a process still exports there',
    );
    // It has what was there when it began, and no half of what came then.
    expect((await dumpTarget(target)).runs).toHaveLength(1);
    expect(await copy()).toMatchObject({ refreshed: 1 });
    expect(await dumpTarget(target)).toEqual(dumpSource(folder));
  });
});

/**
 * Adds many tenants with runs, as fast as SQLite can.
 *
 * @param warningLength characters of the warning that each record holds
 */
function addMany(folder: string, tenants: number, runsEach: number, warningLength = 0) {
  const db = new Libsql(join(folder, 'exporter.db'));
  const record = JSON.stringify(
    makeRecord({
      logsRead: 5,
      logsProcessed: 5,
      batches: 1,
      ...(warningLength > 0 && { warning: 'w'.repeat(warningLength) }),
    }),
  );
  db.exec('BEGIN');
  const add = db.prepare(
    `INSERT INTO tenants VALUES (?, ?, 'stored', '{}', '0 */5 * * * *', 'UTC', 1, '2025-03-03T12:00:00.000Z', 1, 1, NULL)`,
  );
  const addStore = db.prepare('INSERT INTO run_stores (tenant_id, version) VALUES (?, 7)');
  const addRun = db.prepare(
    `INSERT INTO runs (store_id, run_id, first_start, last_start, runs, failed, rejected, logs_processed, batches, skipped, events, record)
     VALUES (?, ?, 1, 1, 1, 0, 0, 5, 1, 0, 0, ?)`,
  );
  for (let index = 0; index < tenants; index += 1) {
    const name = `tenant-${String(index).padStart(4, '0')}`;
    add.run(`id of ${name}`, name);
    const { lastInsertRowid } = addStore.run(`id of ${name}`);
    for (let run = 0; run < runsEach; run += 1) addRun.run(lastInsertRowid, `run ${run}`, record);
  }
  db.exec('COMMIT');
  db.close();
}

/** Bytes of the text that makes a record large. */
const LARGE = 8_000;

describe('a copy of many runs', () => {
  test('sends as many statements for a long history as for a short one, up to its parts', async () => {
    const statements = vi.spyOn(pg.Client.prototype, 'query');
    onTestFinished(() => statements.mockRestore());
    const copyOf = async (tenants: number, runsEach: number) => {
      const { folder, target, copy } = await openSides();
      addMany(folder, tenants, runsEach);
      // Creates the tables, which takes statements of its own.
      await copy({ stop: AbortSignal.abort() }).catch(() => {});
      statements.mockClear();
      expect(await copy()).toMatchObject({ added: tenants, runs: tenants * runsEach });
      const sent = statements.mock.calls.length;
      expect(await copy()).toMatchObject({ refreshed: tenants, runs: 0 });
      const { rows } = await target.exec(`SELECT COUNT(*)::int AS count FROM ${SCHEMA}.runs`);
      expect(rows).toEqual([{ count: tenants * runsEach }]);
      return sent;
    };
    const short = await copyOf(30, 1);
    expect(await copyOf(30, 40)).toBe(short);
    expect(short).toBeLessThan(30 * 20);
  });

  test('takes no more memory than a part of a long history', async () => {
    const { folder, target, source } = await openSides();
    // 96 MB of records.
    addMany(folder, 1, 12_000, LARGE);
    await source.close();
    const copy = await startProcess(['database', 'copy'], {
      env: { DATA_DIR: folder, DATABASE_URL: target.url, NODE_OPTIONS: '--max-old-space-size=48' },
    });
    expect([await copy.exit, copy.err()]).toEqual([0, '']);
    const { rows } = await target.exec(`SELECT COUNT(*)::int AS count FROM ${SCHEMA}.runs`);
    expect(rows).toEqual([{ count: 12_000 }]);
  });
});

describe('the command line', () => {
  test('copies to DATABASE_URL, and names the key and the next command', async () => {
    const { folder, target, source } = await openSides();
    await addExported(source, folder, 'acme', 3);
    const copy = await startProcess(['database', 'copy'], {
      env: { DATA_DIR: folder, DATABASE_URL: target.url },
    });
    expect([await copy.exit, copy.err()]).toEqual([0, '']);
    const words = copy.out().replace(/\s+/g, ' ');
    expect(words).toContain(
      `Copied ${join(folder, 'exporter.db')} to ${new URL(target.url).host}/${target.name}`,
    );
    expect(words).toContain('Tenants 1 new one, 0 brought up to date');
    expect(words).toContain('History 3 new records');
    expect(words).toContain('name a copy of it in ENCRYPTION_KEY_FILE');
    expect(words).toContain('Leave it stopped');
    const cli = fileURLToPath(new URL('../../build/out/cli.mjs', import.meta.url));
    expect(copy.out()).toContain(
      `  DATABASE_URL=… ENCRYPTION_KEY_FILE=${join(folder, 'encryption.key')} node ${cli} start --no-sandbox\n`,
    );
    expect(copy.out()).not.toContain(new URL(target.url).password);
    expect(await dumpTarget(target)).toEqual(dumpSource(folder));
  });

  test('the command copies to --to, warns that other users see its password, and prints no password', async () => {
    const { folder, target, source } = await openSides();
    await addExported(source, folder, 'acme', 1);
    const url = new URL(target.url);
    url.password ||= 'not-asked-for';
    const { code, out, err } = await runInProcess([
      'database',
      'copy',
      '--to',
      url.href,
      '--data-dir',
      folder,
    ]);
    expect(code).toBe(0);
    expect(err).toContain('Warning: --to has a password, which other users can read');
    expect(out + err).not.toContain(url.password);
  });

  test('the command creates the tables, and can be repeated', async () => {
    const target = await openTestPostgres();
    for (let time = 0; time < 2; time += 1) {
      const migrate = await runInProcess(['database', 'migrate'], { env: { DATABASE_URL: target.url } });
      expect([migrate.code, migrate.err]).toEqual([0, '']);
      expect(migrate.out).toMatch(/^The database \S+ has the tables of version \d+\.\d+\.\d+[.,]/);
    }
    const { rows } = await target.exec(`SELECT COUNT(*)::int AS count FROM ${SCHEMA}.tenants`);
    expect(rows).toEqual([{ count: 0 }]);
  });

  test.each([
    [['database'], 'What to do with the database is missing. Write one of: database copy, database migrate.'],
    [
      ['database', 'cpoy'],
      'There is no command database "cpoy". Did you mean database copy? Write one of: database copy, database migrate.',
    ],
    [['database', 'copy', 'acme'], '"acme" is not understood. See database --help.'],
    [['database', 'copy'], 'DATABASE_URL is missing: the PostgreSQL to copy to, such as'],
    [
      ['database', 'migrate', '--to', 'postgres://a/b'],
      'database migrate has no option --to. It belongs to the commands replay and database copy.',
    ],
    [['database', 'copy', '--to', 'mysql://db/x'], 'does not begin with postgres://.'],
  ])('the command %j is refused with a sentence', async (args, sentence) => {
    const folder = await temporaryFolder();
    await openTestDatabase({ folder });
    const refused = await runInProcess(args, { env: { DATA_DIR: folder } });
    expect(refused.code).toBe(78);
    expect(refused.err).toContain(sentence);
    expect(refused.err).not.toMatch(/^\s+at /m);
  });

  test('a copy that is killed leaves whole tenants, and the next copy brings the rest', async () => {
    const { folder, target, copy } = await openSides();
    await runInProcess(['database', 'migrate'], { env: { DATABASE_URL: target.url } });
    addMany(folder, 60, 5);
    // The copy waits at this tenant, which another transaction has inserted and not committed.
    const holding = new pg.Client({ connectionString: target.url });
    await holding.connect();
    await holding.query(
      `BEGIN; INSERT INTO ${SCHEMA}.tenants VALUES ('id of tenant-0040', 'tenant-0040', 'stored', '{}', '0 */5 * * * *', 'UTC', 1, '', NULL, NULL, 1)`,
    );
    const killed = await startProcess(['database', 'copy'], {
      env: { DATA_DIR: folder, DATABASE_URL: target.url },
    });
    const countOf = async (table: string) =>
      Number((await target.exec(`SELECT COUNT(*)::int AS count FROM ${SCHEMA}.${table}`)).rows[0]?.count);
    await vi.waitFor(async () => expect(await countOf('tenants')).toBe(40), SOON);
    killed.child.kill('SIGKILL');
    expect(await killed.exit).toBeNull();
    await holding.end();
    await target.cutSessions();
    expect([await countOf('tenants'), await countOf('runs')]).toEqual([40, 200]);
    expect(await copy()).toMatchObject({ added: 20, refreshed: 40 });
    expect(await dumpTarget(target)).toEqual(dumpSource(folder));
  });

  test('told to stop, it ends after the tenant in hand and says how far it came', async () => {
    const { copy, folder, target } = await openSides();
    addMany(folder, 3, 1);
    const stop = new AbortController();
    stop.abort();
    await expect(copy({ stop: stop.signal })).rejects.toThrow(
      'Stopped after 0 of 3 tenants, each of them copied wholly. Copy again for the rest.',
    );
    expect((await dumpTarget(target)).tenants).toEqual([]);
  });
});

/** Becomes the Node that the queue needs, whatever Node the command line would be started in. */
const inNode22 = () => ['sh', '-c', `shift; exec "${node22()}" "$@"`, 'sh'];

test('after a copy the export continues from the checkpoint with the stored secrets, and no log is sent twice', async () => {
  const target = await openTestPostgres();
  const folder = await temporaryFolder();
  const start = Date.now() - 3_600_000;
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 120, users: 10, start }) } });
  const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
  await addTenants(folder, [{ name: 'acme', settings }]);
  const before = await runInProcess(['run', 'acme'], { folder });
  expect([before.code, JSON.parse(before.out).status.logsRead]).toEqual([0, 120]);

  const copy = await runInProcess(['database', 'copy'], { folder, env: { DATABASE_URL: target.url } });
  expect([copy.code, copy.err]).toEqual([0, '']);
  const [, keyFile = ''] = /ENCRYPTION_KEY_FILE=(\S+)/.exec(copy.out) ?? [];
  expect(keyFile).toBe(join(folder, 'data/encryption.key'));

  const written = sandbox.tenant.addLogs(Array.from({ length: 15 }, () => ({ type: 's' })));
  const after = await startProcess(['run', 'acme'], {
    env: { DATABASE_URL: target.url, ENCRYPTION_KEY_FILE: keyFile },
    through: inNode22(),
  });
  expect([await after.exit, JSON.parse(after.out() || '{}').status?.logsRead]).toEqual([0, written.length]);
  const times = [...sandbox.segment.ids('track').values()];
  expect(times.length).toBeGreaterThan(written.length);
  expect(times.filter((count) => count > 1)).toEqual([]);
});
