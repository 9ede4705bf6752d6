import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DatabaseError } from '../../server/database/errors';
import { type ConnectOptions, connect } from '../../server/database/postgres/connection';
import { migrate } from '../../server/database/postgres/migrations';
import { SCHEMA } from '../../server/database/postgres/schema';
import { HostError } from '../../server/errors';
import { systemClock } from '../../src/time';
import { openTestPostgres, ownPostgres, type TestDatabase } from '../support/postgres';
import { temporaryFolder } from '../support/temporary-folder';
import { CERTIFICATE, CERTIFICATE_KEY } from './certificate';

/** The URL of a server whose superuser is ours, which that of TEST_DATABASE_URL need not be. */
let ours = '';
beforeAll(async () => {
  ours = (await ownPostgres({}, afterAll)).url;
});

async function open(url: string, options: Partial<ConnectOptions> = {}) {
  const connection = await connect({ url, places: 1, clock: systemClock, patienceMs: 200, ...options });
  onTestFinished(() => connection.close());
  return connection;
}

/** What keeps work from being done, and how the process ends that cannot go on without. */
async function troubleOf(work: () => Promise<unknown>): Promise<{ message: string; exitCode: number }> {
  try {
    await work();
  } catch (error) {
    if (error instanceof HostError) return { message: error.message, exitCode: error.exitCode };
    throw error;
  }
  throw new Error('Nothing went wrong.');
}

/** What anybody is told of it, who asks for health or posts as a log stream does. */
async function toldToAnybody(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof DatabaseError) return error.reason;
    throw error;
  }
  throw new Error('Nothing went wrong.');
}

/** The URL with other parts. */
function changed(
  url: string,
  parts: Partial<Record<'username' | 'password' | 'pathname' | 'hostname', string>>,
  search = '',
) {
  const result = new URL(url);
  Object.assign(result, parts);
  result.search = search;
  return result.href;
}

const nameOf = (url: string) => `${new URL(url).host}${new URL(url).pathname}`;

/** A user without any rights but those that everyone has. */
async function addUser({ url, exec }: TestDatabase): Promise<{ user: string; url: string }> {
  const user = `user_${crypto.randomUUID().slice(0, 8)}`;
  await exec(`CREATE ROLE ${user} LOGIN PASSWORD 'canary-7c1'`);
  onTestFinished(async () => {
    await exec(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
  });
  return { user, url: changed(url, { username: user, password: 'canary-7c1' }) };
}

test('wrong password, user or database', async () => {
  const { url } = await openTestPostgres();
  expect(await troubleOf(() => open(changed(url, { password: 'wrong' })))).toEqual({
    message: `The database ${nameOf(url)} cannot be used: its server refuses the password of the user ${new URL(url).username} (28P01). Put the right user and password into DATABASE_URL.`,
    exitCode: 78,
  });
  expect((await troubleOf(() => open(changed(url, { username: 'stranger' })))).message).toContain(
    'refuses the password of the user stranger',
  );
  expect(await toldToAnybody(() => open(changed(url, { username: 'stranger' })))).toBe(
    "The database cannot be used: its server refuses the exporter's password (28P01).",
  );
  expect((await troubleOf(() => open(changed(url, { password: '' })))).message).toContain(
    'its server asks for a password, and there is none. Put it into DATABASE_URL, or into PGPASSWORD.',
  );
  const other = changed(url, { pathname: '/nowhere' });
  expect(await troubleOf(() => open(other))).toEqual({
    message: `The database ${nameOf(other)} cannot be used: its server has no database of that name (3D000). Make it there (CREATE DATABASE "nowhere"), or name another in DATABASE_URL.`,
    exitCode: 78,
  });
});

test('a server that is not there, does not answer, or has no name', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  silent.on('connection', (socket) => onTestFinished(() => void socket.destroy()));
  onTestFinished(() => void silent.close());
  expect(await troubleOf(() => open(`postgres://a:b@127.0.0.1:${port}/c`))).toEqual({
    message: `The database 127.0.0.1:${port}/c cannot be used: its server does not answer in time. Open the way to it in the network and its firewalls, or put the right address into DATABASE_URL.`,
    exitCode: 1,
  });
  expect(await troubleOf(() => open('postgres://a:b@127.0.0.1:1/c'))).toEqual({
    message:
      'The database 127.0.0.1:1/c cannot be used: no server answers at its address (ECONNREFUSED). Start PostgreSQL there, or put the right address into DATABASE_URL.',
    exitCode: 1,
  });
  const unknown = await troubleOf(() => open('postgres://a:b@nowhere.invalid/c?sslmode=disable'));
  expect(unknown.message).toMatch(
    /^The database nowhere\.invalid:5432\/c cannot be used: the name of its host (is not known|cannot be looked up now) \(E\w+\)\. Put the right address into DATABASE_URL\.$/,
  );
});

test('a server that lets a user in from elsewhere alone, and one that accepts no more connections', async () => {
  const server = await ownPostgres({
    flags: [
      'max_connections=5',
      'superuser_reserved_connections=0',
      'reserved_connections=0',
      'max_wal_senders=0',
    ],
    files: { 'pg_hba.conf': 'host postgres postgres 127.0.0.1/32 scram-sha-256\n' },
  });
  expect(await troubleOf(() => open(changed(server.url, { pathname: '/template1' })))).toEqual({
    message: `The database 127.0.0.1:${server.port}/template1 cannot be used: its server does not let the user postgres in from this machine (28000). Let that user in there (pg_hba.conf), or write sslmode=verify-full in DATABASE_URL where it asks for TLS.`,
    exitCode: 78,
  });
  const connection = await open(server.url);
  let isFull: () => void = () => {};
  const full = new Promise<void>((resolve) => {
    isFull = resolve;
  });
  let count = 0;
  const taken = Promise.all(
    Array.from({ length: 5 }, () =>
      connection.transaction(async ({ run }) => {
        await run('SELECT 1');
        count += 1;
        if (count === 5) isFull();
        await full;
      }),
    ),
  );
  await taken;
  expect(await troubleOf(() => open(server.url))).toEqual({
    message: `The database 127.0.0.1:${server.port}/postgres cannot be used: its server accepts no more connections (53300). Raise max_connections there, or start fewer processes.`,
    exitCode: 1,
  });
});

test('a user without the right to make the schema, or to use it', async () => {
  const database = await openTestPostgres(undefined, ours);
  const { user, url } = await addUser(database);
  const connection = await open(url);
  expect(await troubleOf(() => migrate(connection))).toEqual({
    message: `The database ${nameOf(url)} cannot be used: the user ${user} lacks a right there: permission denied for database ${database.name} (42501). Run there: GRANT CONNECT, CREATE ON DATABASE "${database.name}" TO "${user}".`,
    exitCode: 78,
  });
  // The remedy helps.
  await database.exec(`GRANT CONNECT, CREATE ON DATABASE "${database.name}" TO "${user}"`);
  await migrate(connection);
  const stranger = await addUser(database);
  const other = await open(stranger.url);
  const trouble = await troubleOf(() => migrate(other));
  expect(trouble).toEqual({
    message: `The database ${nameOf(url)} cannot be used: the user ${stranger.user} lacks a right there: permission denied for schema ${SCHEMA} (42501). Make that user the owner of the schema ${SCHEMA} and of all that is in it.`,
    exitCode: 78,
  });
  expect(await toldToAnybody(() => migrate(other))).toBe(
    'The database cannot be used: the exporter lacks a right there (42501).',
  );
});

test('a schema that somebody else has made for a user without the right to make one', async () => {
  const database = await openTestPostgres(undefined, ours);
  const { user, url } = await addUser(database);
  await database.exec(`CREATE SCHEMA ${SCHEMA} AUTHORIZATION ${user}`);
  const connection = await open(url);
  await migrate(connection);
  expect(await connection.run(`INSERT INTO ${SCHEMA}.meta VALUES ('a', 'b')`)).toBe(1);
});

test('a database that can only be read', async () => {
  const database = await openTestPostgres();
  const connection = await open(database.url);
  await migrate(connection);
  await database.exec(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
  await database.cutSessions();
  const write = () => connection.run(`INSERT INTO ${SCHEMA}.meta VALUES ('a', 'b')`);
  expect(await troubleOf(write)).toEqual({
    message: `The database ${nameOf(database.url)} cannot be used: it can only be read (25006). Put the address of the server that is written to into DATABASE_URL, or let its user write there.`,
    exitCode: 78,
  });
  // Once it can be written again, no connection from before is in the way.
  await database.exec(
    `BEGIN READ WRITE; ALTER DATABASE ${database.name} RESET default_transaction_read_only; COMMIT`,
  );
  expect(await write()).toBe(1);
});

test('tables that are gone', async () => {
  const database = await openTestPostgres();
  const connection = await open(database.url);
  await migrate(connection);
  await database.exec(`DROP SCHEMA ${SCHEMA} CASCADE`);
  expect(await troubleOf(() => connection.run(`DELETE FROM ${SCHEMA}.meta`))).toEqual({
    message: `The database ${nameOf(database.url)} cannot be used: the tables that were in its schema ${SCHEMA} are not there, or not those of this program (42P01). Put back a backup of the database.`,
    exitCode: 78,
  });
});

/** A file system of its own, where this user may make one. */
function mountTiny(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0777', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test.runIf(process.getuid?.() === 0)('a disk that is full, and has room again', async (context) => {
  const folder = await temporaryFolder();
  if (!mountTiny(folder)) context.skip('no file system may be mounted here');
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  chmodSync(join(folder, '..'), 0o1777);
  const database = await openTestPostgres(undefined, ours);
  execFileSync('chown', ['postgres', folder]);
  await database.exec(`CREATE TABLESPACE tiny LOCATION '${folder}'`);
  onTestFinished(async () => {
    await database.exec('DROP TABLE public.things');
    await database.exec('DROP TABLESPACE tiny');
  });
  await database.exec('CREATE TABLE public.things (t text) TABLESPACE tiny');
  const troubles: (string | undefined)[] = [];
  const connection = await open(database.url, { onWrite: (error) => troubles.push(error?.reason) });
  const write = () =>
    connection.run("INSERT INTO public.things SELECT repeat('x', 1000) FROM generate_series(1, $1)", [4_000]);
  expect(await troubleOf(write)).toEqual({
    message: `The database ${nameOf(database.url)} cannot be used: the disk of its server is full (53100). Free space there, or enlarge it; the next run resumes from its checkpoint.`,
    exitCode: 1,
  });
  execFileSync('mount', ['-o', 'remount,size=64m', folder]);
  expect(await write()).toBe(4_000);
  expect(troubles).toEqual([
    'The database cannot be used: the disk of its server is full (53100).',
    undefined,
  ]);
});

test('a limit of temporary files', async () => {
  const database = await openTestPostgres(undefined, ours);
  await database.exec(`ALTER DATABASE ${database.name} SET temp_file_limit = '64kB'`);
  await database.exec(`ALTER DATABASE ${database.name} SET work_mem = '64kB'`);
  const connection = await open(database.url);
  const sort = () => connection.run('SELECT * FROM generate_series(1, 100000) AS n ORDER BY md5(n::text)');
  expect((await troubleOf(sort)).message).toContain(
    'a limit of its server for this user is reached (53400). Raise the limit there (temp_file_limit).',
  );
});

test('a lock that another session holds, and a database that is damaged', async () => {
  const database = await openTestPostgres();
  const connection = await open(database.url);
  await database.exec('CREATE TABLE public.things (id int)');
  let locked: () => void = () => {};
  const isLocked = new Promise<void>((resolve) => {
    locked = resolve;
  });
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const holding = connection.transaction(async ({ run }) => {
    await run('LOCK TABLE public.things');
    locked();
    await released;
  });
  await isLocked;
  const blocked = connection.transaction(async ({ run }) => {
    await run("SET LOCAL lock_timeout = '100ms'");
    await run('INSERT INTO public.things VALUES (1)');
  });
  expect(await troubleOf(() => blocked)).toMatchObject({
    message: expect.stringContaining(
      'another session holds a lock there for too long (55P03). Find it in pg_locks and pg_stat_activity, and end it with pg_terminate_backend.',
    ),
    exitCode: 1,
  });
  release();
  await holding;
  // No sound way to damage a file of the server that all tests share: it says the code itself.
  for (const state of ['XX001', 'XX002']) {
    const damaged = () =>
      connection.run(`DO $$ BEGIN RAISE EXCEPTION 'invalid page' USING ERRCODE = '${state}'; END $$`);
    expect(await troubleOf(damaged)).toEqual({
      message: `The database ${nameOf(database.url)} cannot be used: it is damaged (${state}). Put back a backup of the database on a sound disk.`,
      exitCode: 78,
    });
  }
});

test('faults of a program are left as they are', async () => {
  const { url } = await openTestPostgres();
  const connection = await open(url);
  await expect(connection.run('SELEKT')).rejects.toMatchObject({ code: '42601' });
  await expect(connection.run('SELEKT')).rejects.not.toBeInstanceOf(DatabaseError);
});

test('TLS: each sslmode against a server that has it, with a certificate of its own making', async () => {
  const folder = await temporaryFolder();
  const authority = join(folder, 'ca.pem');
  writeFileSync(authority, CERTIFICATE);
  const server = await ownPostgres({
    flags: ['ssl=on', 'ssl_cert_file=tls.crt', 'ssl_key_file=tls.key'],
    files: { 'tls.crt': CERTIFICATE, 'tls.key': CERTIFICATE_KEY },
  });
  const isEncrypted = async (url: string, options: Partial<ConnectOptions> = {}) => {
    const connection = await open(url, options);
    return (await connection.run('SELECT FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl')) === 1;
  };
  const by = (search: string, hostname = '127.0.0.1') => changed(server.url, { hostname }, search);
  expect(await isEncrypted(by(''))).toBe(false);
  expect(await isEncrypted(by('sslmode=disable'))).toBe(false);
  expect(await isEncrypted(by('sslmode=require'))).toBe(true);
  expect(await isEncrypted(by(`sslmode=verify-ca&sslrootcert=${authority}`))).toBe(true);
  expect(await isEncrypted(by(`sslmode=verify-full&sslrootcert=${authority}`, 'localhost'))).toBe(true);
  expect(await isEncrypted(by('sslmode=verify-full', 'localhost'), { rootCertificate: authority })).toBe(
    true,
  );
  expect(await troubleOf(() => open(by('sslmode=verify-full', 'localhost')))).toEqual({
    message: `The database localhost:${server.port}/postgres cannot be used: the certificate of its server is of no authority that this system trusts (DEPTH_ZERO_SELF_SIGNED_CERT). Name the file with the certificate of the server's authority in DATABASE_URL, as sslrootcert=/path/to/ca.pem.`,
    exitCode: 78,
  });
  expect((await troubleOf(() => open(by(`sslmode=require&sslrootcert=${authority}x`)))).message).toContain(
    `The certificate ${authority}x, which sslrootcert in DATABASE_URL or PGSSLROOTCERT names, cannot be read (ENOENT).`,
  );
  expect((await troubleOf(() => open(by(`sslmode=verify-full&sslrootcert=${authority}`)))).message).toContain(
    'the certificate of its server is for another name (ERR_TLS_CERT_ALTNAME_INVALID). Use the name in DATABASE_URL that the certificate is for.',
  );
});

test('TLS: a server without it', async () => {
  const { url } = await openTestPostgres();
  expect(await troubleOf(() => open(changed(url, {}, 'sslmode=require')))).toEqual({
    message: `The database ${nameOf(url)} cannot be used: its server has no TLS. Turn TLS on there (ssl = on), or add sslmode=disable to DATABASE_URL where nobody else can listen on the network between.`,
    exitCode: 78,
  });
});
