import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, test } from 'vitest';
import { node22 } from '../support/node-22';
import { openTestPostgres, ownPostgres } from '../support/postgres';

const run = promisify(execFile);

test('each test has a database of its own on the server that all share', async () => {
  const [one, other] = await Promise.all([openTestPostgres(), openTestPostgres()]);
  await one.exec('CREATE TABLE things (id int)');
  expect((await other.exec("SELECT to_regclass('things') AS found")).rows).toEqual([{ found: null }]);
  const started = 'SELECT pg_postmaster_start_time()::text AS at';
  expect((await one.exec(started)).rows).toEqual((await other.exec(started)).rows);
});

test('a server of its own keeps its data and its address over a restart', async () => {
  const server = await ownPostgres();
  const { exec } = await openTestPostgres(() => {}, server.url);
  await exec('CREATE TABLE things AS SELECT 1 AS id');
  await server.stop();
  await expect(exec('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await server.start();
  expect((await exec('SELECT id FROM things')).rows).toEqual([{ id: 1 }]);
});

test.runIf(process.platform === 'linux')(
  'a server that is stopped by a signal answers after SIGCONT',
  async () => {
    const server = await ownPostgres();
    await server.signal('SIGSTOP');
    const client = new pg.Client({ connectionString: server.url, connectionTimeoutMillis: 300 });
    await expect(client.connect()).rejects.toThrow('timeout');
    await server.signal('SIGCONT');
    const { exec } = await openTestPostgres(() => {}, server.url);
    expect((await exec('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  },
);

test('there is a Node that pg-boss runs in', async () => {
  const { stdout } = await run(node22(), ['--version']);
  const [major = 0, minor = 0] = stdout.slice(1).split('.').map(Number);
  expect(major * 100 + minor).toBeGreaterThanOrEqual(2212);
});
