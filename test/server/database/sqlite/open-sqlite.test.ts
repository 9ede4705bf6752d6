import { chmod, mkdir, open, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Libsql from 'libsql';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../../server/database/sqlite/connection';
import { migrate } from '../../../../server/database/sqlite/migrations';
import { makeRecord } from '../../../support/make-record';
import { asOrdinaryUser } from '../../../support/ordinary-user';
import { temporaryFolder } from '../../../support/temporary-folder';
import { makeTenant, NOON, openTestDatabase } from '../open-test-database';

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

/** What opening the database of a folder fails with. */
const failureOf = async (folder: string): Promise<unknown> =>
  openTestDatabase({ folder }).then(
    () => undefined,
    (error: unknown) => error,
  );

/** A database of a tenant with a history, closed. */
async function madeDatabase() {
  const folder = await temporaryFolder();
  const database = await openTestDatabase({ folder });
  const tenant = makeTenant('acme');
  await database.tenants.add(tenant);
  await database
    .storeOf(tenant.id)({ remaining: () => 1000 })
    .state.update((state) => ({
      state,
      ended: Array.from({ length: 500 }, (_, index) => ({
        id: `run-${index}`,
        record: makeRecord({ logsProcessed: 1, warning: 'x'.repeat(200) }),
      })),
    }));
  await database.close();
  return { folder, path: database.name, tenant };
}

test('folder and files are for their owner alone', async () => {
  const folder = join(await temporaryFolder(), 'a', 'b');
  const { name: path, tenants } = await openTestDatabase({ folder });
  await tenants.add(makeTenant('acme'));
  expect(await modeOf(folder)).toBe('700');
  for (const end of ['', '-wal', '-shm']) expect(await modeOf(path + end)).toBe('600');
});

test('what it keeps is there again when it is opened anew', async () => {
  const { folder, tenant } = await madeDatabase();
  const { tenants, storeOf } = await openTestDatabase({ folder });
  expect(await tenants.list()).toEqual([tenant]);
  const { history } = storeOf(tenant.id)({ remaining: () => 1000 });
  expect((await history.list({ offset: 0, limit: 1 })).total).toBe(500);
});

describe('migrations', () => {
  const one = 'CREATE TABLE a (b)';
  const two = "ALTER TABLE a ADD c; INSERT INTO a VALUES ('b', 'c')";
  const versionOf = (path: string) => new Libsql(path).pragma('user_version');

  test('lead from the version that is there to this one, each once', async () => {
    const path = join(await temporaryFolder(), 'x.db');
    const connection = connect(path, () => {});
    migrate(connection, [one]);
    migrate(connection, [one, two]);
    migrate(connection, [one, two]);
    connection.close();
    expect(versionOf(path)).toEqual([{ user_version: 2 }]);
    expect(new Libsql(path).prepare('SELECT * FROM a').all({})).toEqual([{ b: 'b', c: 'c' }]);
  });

  test('leave nothing half done', async () => {
    const path = join(await temporaryFolder(), 'x.db');
    const connection = connect(path, () => {});
    expect(() => migrate(connection, [one, 'CREATE TABLE d (e); SELECT * FROM nothing'])).toThrow('nothing');
    connection.close();
    expect(versionOf(path)).toEqual([{ user_version: 1 }]);
    expect(new Libsql(path).prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all({})).toEqual([
      { name: 'a' },
    ]);
  });

  test('a database of a newer version is left as it is, with the remedy', async () => {
    const { folder, path } = await madeDatabase();
    const file = new Libsql(path);
    file.exec('PRAGMA user_version = 99');
    file.close();
    expect(await failureOf(folder)).toMatchObject({
      name: 'HostError',
      exitCode: 78,
      message: expect.stringMatching(
        /^The database \S+exporter\.db is of version 99, which a newer version of this program has made; this one knows version \d+ at most\. Start the newer program again, or put back a copy of the folder/,
      ),
    });
    expect(versionOf(path)).toEqual([{ user_version: 99 }]);
    expect(new Libsql(path).prepare('SELECT COUNT(*) AS runs FROM runs').all({})).toEqual([{ runs: 500 }]);
  });
});

describe('a damaged file', () => {
  const SENTENCE =
    /^The database \S+exporter\.db cannot be used: it is damaged.* \(SQLITE_(NOTADB|CORRUPT)\)\. Stop all processes that use it, and put back a copy of the folder\./;

  test('that is no database is left as it is, with the remedy', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'exporter.db');
    await writeFile(path, 'Not a database at all. '.repeat(500));
    const error = await failureOf(folder);
    expect(error).toMatchObject({ exitCode: 78, message: expect.stringMatching(SENTENCE) });
    expect(await readFile(path, 'utf8')).toBe('Not a database at all. '.repeat(500));
  });

  test('of which pages were overwritten fails what needs them, and says so', async () => {
    const { folder, path, tenant } = await madeDatabase();
    const { size } = await stat(path);
    const file = await open(path, 'r+');
    // The first page has the schema, the second and third what is small.
    for (let page = 3; page < size / 4096; page += 1) {
      await file.write(Buffer.alloc(2048, 0x41), 0, 2048, page * 4096);
    }
    await file.close();
    const use = async () => {
      const { storeOf } = await openTestDatabase({ folder });
      const { history } = storeOf(tenant.id)({ remaining: () => 1000 });
      await history.list({ offset: 0, limit: 1000 });
    };
    await expect(use()).rejects.toMatchObject({ exitCode: 78, message: expect.stringMatching(SENTENCE) });
  });

  test('of which a row is not what was written there fails what needs it, without showing it', async () => {
    const { folder, path } = await madeDatabase();
    const file = new Libsql(path);
    file.exec(`UPDATE tenants SET settings = '"hunter2"'`);
    file.close();
    const { tenants } = await openTestDatabase({ folder });
    await expect(tenants.list()).rejects.toThrow(
      /^The database \S+ cannot be used: it is damaged: a row of it is not what was written there\. (?!.*hunter2)/,
    );
  });
});

describe('a folder that cannot be used', () => {
  test('is named, where it is a file', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, '');
    expect(await failureOf(path)).toMatchObject({
      exitCode: 78,
      message: `${path} is a file. Name a folder in DATA_DIR.`,
    });
    expect(await failureOf(join(path, 'below'))).toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('(ENOTDIR)'),
    });
  });

  test('nothing is written where others may write, and the command that helps is named', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o777);
    expect(await failureOf(folder)).toMatchObject({
      exitCode: 78,
      message: expect.stringContaining(`Run: chmod go-w ${folder}`),
    });
    await expect(stat(join(folder, 'exporter.db'))).rejects.toThrow('ENOENT');
  });

  test('a folder in the place of the file', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'exporter.db'));
    expect(await failureOf(folder)).toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/exporter\.db is a folder\. Move it away/),
    });
  });

  test('a link in the place of the file leads nowhere', async () => {
    const { folder, path } = await madeDatabase();
    const other = await temporaryFolder();
    await symlink(path, join(other, 'exporter.db'));
    expect(await failureOf(other)).toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/exporter\.db is a symbolic link/),
    });
    expect(await failureOf(folder)).toBeUndefined();
  });

  test('a folder that can only be read is refused with its path and the remedy', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o500);
    expect(await asOrdinaryUser(folder, () => failureOf(folder))).toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(
        /exporter\.db cannot be used: it cannot be opened \(EACCES\)\. Give the user/,
      ),
    });
  });

  test('a file that can only be read is refused with its path and the remedy', async () => {
    const { folder, path } = await madeDatabase();
    await chmod(path, 0o400);
    expect(await asOrdinaryUser(folder, () => failureOf(folder))).toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/exporter\.db cannot be used: .*\. Give the user/),
    });
  });
});

test('one that another process holds for too long is given up, and can be used afterwards', async () => {
  const writes: unknown[] = [];
  const {
    name: path,
    probe,
    tenants,
  } = await openTestDatabase({ onWrite: (error) => writes.push(error?.name) });
  const other = new Libsql(path);
  other.exec('BEGIN IMMEDIATE');
  const sentence =
    /^The database \S+exporter\.db cannot be used: another process has been writing to it for more than 5 seconds, and may be stopped or hang \(SQLITE_BUSY\)\. Find the process/;
  await expect(probe()).rejects.toMatchObject({ exitCode: 1, message: expect.stringMatching(sentence) });
  // Reading works meanwhile.
  expect(await tenants.list()).toEqual([]);
  other.exec('ROLLBACK');
  other.close();
  await probe();
  expect(writes.slice(-2)).toEqual(['HostError', undefined]);
});

test('the time by which leases are given is that of the host', async () => {
  const { tenants, storeOf } = await openTestDatabase();
  const tenant = makeTenant('acme');
  await tenants.add(tenant);
  const times: number[] = [];
  await storeOf(tenant.id)({ remaining: () => 1000 }).state.update((_, now) => {
    times.push(now);
    return undefined;
  });
  expect(times).toEqual([NOON]);
});
