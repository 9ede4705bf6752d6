import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assertNodeForDatabase, hostOptionDefaults } from '../../../server/cli/host-options';
import { readOptions } from '../../../server/cli/options';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { node22 } from '../../support/node-22';
import { openTestPostgres } from '../../support/postgres';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { runInProcess } from './run-in-process';
import { runProcess, startProcess } from './start-process';

const key = randomBytes(32).toString('base64');

describe('without DATABASE_URL', () => {
  test('start and status load neither pg nor pg-boss, and start with DATABASE_URL does', async () => {
    const folder = await temporaryFolder();
    const hook = join(folder, 'refuse.mjs');
    const refuse = `export async function resolve(name, context, next) {
      if (/^pg(-|$)/.test(name)) throw new Error('asks for ' + name);
      return next(name, context);
    }`;
    await writeFile(
      hook,
      `import { register } from 'node:module';\nregister('data:text/javascript,' + encodeURIComponent(${JSON.stringify(refuse)}));\n`,
    );
    const env = { NODE_OPTIONS: `--import ${hook}` };
    const host = await startProcess(['start'], { env, folder });
    await host.prints(/Ctrl-C stops/);
    expect([await host.stop(), host.err()]).toEqual([0, '']);
    expect((await runProcess(['status'], { env, folder })).err).toBe('');

    const url = { ...env, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/none', ENCRYPTION_KEY: key };
    const with22 = await runProcess(['start'], { env: url, folder, node: node22() });
    expect(with22.err).toContain('asks for pg');
  });

  test('start refuses --role without DATABASE_URL, and explains what it is for', async () => {
    const { code, err } = await runInProcess(['start', '--role', 'worker'], {});
    expect([code, err]).toEqual([
      78,
      '--role is for several processes on one PostgreSQL, and DATABASE_URL is not given. Give it, or leave --role out.\n',
    ]);
  });
});

test('an unknown role, and a role for another command than start, are refused', async () => {
  const unknown = await runInProcess(['start', '--role', 'master'], {});
  expect([unknown.code, unknown.err]).toEqual([78, '--role is "master". It must be all, worker or web.\n']);
  const misplaced = await runInProcess(['run', '--role', 'web'], {});
  expect([misplaced.code, misplaced.err]).toEqual([
    78,
    'run has no option --role. It belongs to the command start. See run --help.\n',
  ]);
});

test.each(['20.20.0', '22.11.9', '18.0.0'])('Node %s is refused as too old for DATABASE_URL', (version) => {
  expect(() => assertNodeForDatabase(version)).toThrow(
    `DATABASE_URL needs Node 22.12 or later; this is ${version}. Install a newer Node, or take DATABASE_URL away to keep everything in a file in DATA_DIR.`,
  );
});

test.each(['22.12.0', '22.22.3', '24.0.0'])('Node %s is accepted for DATABASE_URL', (version) => {
  expect(() => assertNodeForDatabase(version)).not.toThrow();
});

test('start refuses DATABASE_URL if its own Node is too old', async () => {
  const env = { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/none', ENCRYPTION_KEY: key };
  const { code, err } = await runInProcess(['start'], { env, nodeVersion: '20.20.2' });
  expect([code, err]).toEqual([78, expect.stringContaining('DATABASE_URL needs Node 22.12 or later')]);
});

describe('with DATABASE_URL', () => {
  test('start requires the shared encryption key, and generates none', async () => {
    const { url } = await openTestPostgres();
    const { code, err } = await runInProcess(['start'], { env: { DATABASE_URL: url } });
    expect(code).toBe(78);
    expect(err).toContain(
      'With DATABASE_URL, each machine needs the same key for the secrets in the database, and neither ENCRYPTION_KEY nor ENCRYPTION_KEY_FILE is given. Give one of them. Make one with: openssl rand -base64 32',
    );
  });

  test('DATABASE_URL_FILE is read; a missing file, an empty file and both settings at once are refused', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'url');
    const env = { DATABASE_URL_FILE: file, ENCRYPTION_KEY: key };
    const missing = await runInProcess(['status'], { env, folder });
    expect([missing.code, missing.err]).toEqual([
      78,
      `DATABASE_URL_FILE (${file}) cannot be read (ENOENT). Put the database's URL there, readable for the user that runs this.\n`,
    ]);
    await writeFile(file, '\n', { mode: 0o600 });
    const empty = await runInProcess(['status'], { env, folder });
    expect([empty.code, empty.err]).toEqual([
      78,
      `DATABASE_URL_FILE (${file}) is empty. Put the database's URL there.\n`,
    ]);
    const { url } = await openTestPostgres();
    await writeFile(file, `${url}\n`);
    const read = await runInProcess(['tenants', 'list'], { env, folder });
    expect([read.code, read.err]).toEqual([0, '']);
    expect(read.out).toContain(`No tenant has been added yet in 127.0.0.1:`);
    expect(read.out + read.err).not.toContain(new URL(url).password);
    const both = await runInProcess(['status'], {
      env: { ...env, DATABASE_URL: url },
      folder,
    });
    expect([both.code, both.err]).toEqual([
      78,
      'DATABASE_URL and DATABASE_URL_FILE are both given. Give one of them.\n',
    ]);
  });

  test('run, status and tenants work with PostgreSQL without a writable DATA_DIR', async () => {
    const { url } = await openTestPostgres();
    const folder = await temporaryFolder();
    // In a file there is no folder, for root neither.
    const file = join(folder, 'file');
    await writeFile(file, '');
    const dataDir = join(file, 'data');
    const sandbox = await openSandbox({
      tenant: { logs: generateLogs({ count: 30, users: 5, start: Date.now() - 30_000 }) },
    });
    const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
    const env = { DATABASE_URL: url, ENCRYPTION_KEY: key, DATA_DIR: dataDir };
    const options = { env: { ...env, ...settings }, folder };
    const ran = await runInProcess(['run'], options);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ status: { logsRead: 30 } });
    const status = await runInProcess(['status', '--json'], options);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.out)).toMatchObject([{ tenant: 'default', lastRun: { failed: false } }]);
    const list = await runInProcess(['tenants', 'list', '--json'], options);
    expect(JSON.parse(list.out)).toMatchObject([{ name: 'default' }]);
    const added = await runInProcess(
      [
        ...['tenants', 'add', 'acme', '--auth0-domain', 'acme.eu.auth0.com', '--auth0-client-id', 'id'],
        ...['--auth0-client-secret', 'env:ACME_SECRET', '--segment-key', 'env:ACME_KEY'],
      ],
      { env, folder },
    );
    expect([added.code, added.err]).toEqual([0, '']);
  });
});

test('readOptions reads DATABASE_URL like other options', () => {
  expect(hostOptionDefaults.DATABASE_URL).toBe('');
  const { host } = readOptions({
    flags: {},
    env: { DATABASE_URL: 'postgres://db/exporter' },
    folder: '/nowhere',
  });
  expect(host.DATABASE_URL).toBe('postgres://db/exporter');
});
