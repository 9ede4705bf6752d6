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
import { type ProcessOptions, startProcess } from './start-process';

/** What a command says that ends by itself. */
async function command(args: string[], options: ProcessOptions) {
  const running = await startProcess(args, options);
  return { code: await running.exit, out: running.out(), err: running.err() };
}

const key = randomBytes(32).toString('base64');

describe('without DATABASE_URL', () => {
  test('neither pg nor pg-boss is loaded, which with it they are', async () => {
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
    await host.says(/Ctrl-C stops/);
    host.child.kill('SIGTERM');
    expect([await host.exit, host.err()]).toEqual([0, '']);
    expect((await command(['status'], { env, folder })).err).toBe('');

    const url = { ...env, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/none', ENCRYPTION_KEY: key };
    const with22 = await command(['start'], { env: url, folder, node: node22() });
    expect(with22.err).toContain('asks for pg');
  });

  test('--role says what it is for', async () => {
    const { code, err } = await command(['start', '--role', 'worker'], {});
    expect([code, err]).toEqual([
      78,
      '--role is for several processes on one PostgreSQL, and DATABASE_URL is not given. Give it, or leave --role out.\n',
    ]);
  });
});

test('a role that is none, and one of another command, are named', async () => {
  const unknown = await command(['start', '--role', 'master'], {});
  expect([unknown.code, unknown.err]).toEqual([78, '--role is "master". It must be all, worker or web.\n']);
  const misplaced = await command(['run', '--role', 'web'], {});
  expect([misplaced.code, misplaced.err]).toEqual([
    78,
    'run has no option --role. It belongs to the command start. See run --help.\n',
  ]);
});

test.each(['20.20.0', '22.11.9', '18.0.0'])('Node %s is too old for it, and says so', (version) => {
  expect(() => assertNodeForDatabase(version)).toThrow(
    `DATABASE_URL needs Node 22.12 or later; this is ${version}. Install a newer Node, or take DATABASE_URL away to keep everything in a file in DATA_DIR.`,
  );
});

test.each(['22.12.0', '22.22.3', '24.0.0'])('Node %s will do', (version) => {
  expect(() => assertNodeForDatabase(version)).not.toThrow();
});

describe('with DATABASE_URL', () => {
  test('a key is needed that all machines have, and none is made', async () => {
    const { url } = await openTestPostgres();
    const { code, err } = await command(['start'], { env: { DATABASE_URL: url }, node: node22() });
    expect(code).toBe(78);
    expect(err).toContain(
      'With DATABASE_URL, each machine needs the same key for the secrets in the database, and neither ENCRYPTION_KEY nor ENCRYPTION_KEY_FILE is given. Give one of them. Make one with: openssl rand -base64 32',
    );
  });

  test('its file is read instead; one that is missing or empty, and both at once, are named', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'url');
    const env = { DATABASE_URL_FILE: file, ENCRYPTION_KEY: key };
    const missing = await command(['status'], { env, folder, node: node22() });
    expect([missing.code, missing.err]).toEqual([
      78,
      `DATABASE_URL_FILE (${file}) cannot be read (ENOENT). Put the database's URL there, readable for the user that runs this.\n`,
    ]);
    await writeFile(file, '\n', { mode: 0o600 });
    const empty = await command(['status'], { env, folder, node: node22() });
    expect([empty.code, empty.err]).toEqual([
      78,
      `DATABASE_URL_FILE (${file}) is empty. Put the database's URL there.\n`,
    ]);
    const { url } = await openTestPostgres();
    await writeFile(file, `${url}\n`);
    const read = await command(['tenants', 'list'], { env, folder, node: node22() });
    expect([read.code, read.err]).toEqual([0, '']);
    expect(read.out).toContain(`No tenant has been added yet in 127.0.0.1:`);
    expect(read.out + read.err).not.toContain(new URL(url).password);
    const both = await command(['status'], {
      env: { ...env, DATABASE_URL: url },
      folder,
      node: node22(),
    });
    expect([both.code, both.err]).toEqual([
      78,
      'DATABASE_URL and DATABASE_URL_FILE are both given. Give one of them.\n',
    ]);
  });

  test('every command works there, without a folder', async () => {
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
    const options = { env: { ...env, ...settings }, folder, node: node22() };
    const ran = await command(['run'], options);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ status: { logsRead: 30 } });
    const status = await command(['status', '--json'], options);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.out)).toMatchObject([{ tenant: 'default', lastRun: { failed: false } }]);
    const list = await command(['tenants', 'list', '--json'], options);
    expect(JSON.parse(list.out)).toMatchObject([{ name: 'default' }]);
    const added = await command(
      [
        ...['tenants', 'add', 'acme', '--auth0-domain', 'acme.eu.auth0.com', '--auth0-client-id', 'id'],
        ...['--auth0-client-secret', 'env:ACME_SECRET', '--segment-key', 'env:ACME_KEY'],
      ],
      { env, folder, node: node22() },
    );
    expect([added.code, added.err]).toEqual([0, '']);
  });
});

test('DATABASE_URL is read as other options are', () => {
  expect(hostOptionDefaults.DATABASE_URL).toBe('');
  const { host } = readOptions({
    flags: {},
    env: { DATABASE_URL: 'postgres://db/exporter' },
    folder: '/nowhere',
  });
  expect(host.DATABASE_URL).toBe('postgres://db/exporter');
});
