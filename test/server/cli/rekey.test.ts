import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder';
import { openTestDatabase } from '../database/open-test-database';
import { openTestTenants, SETTINGS } from '../tenants/open-test-tenants';
import { runInProcess } from './run-in-process';
import { startProcess } from './start-process';

/** Enough that sealing them anew takes a while. */
const TENANTS = 150;

test('tenants rekey that is killed at any point loses nothing, and completes when it is repeated', async () => {
  const cwd = await temporaryFolder();
  const folder = join(cwd, 'data');
  const { registry, vault, store } = await openTestTenants({ folder });
  const tenants = await Promise.all(
    Array.from({ length: TENANTS }, (_, index) =>
      registry.add(`t${index}`, { settings: SETTINGS }, { mayReference: true }),
    ),
  );
  const path = join(folder, 'encryption.key');
  const isThere = (file: string) =>
    access(file).then(
      () => true,
      () => false,
    );
  const keys = async () => (await readFile(path, 'utf8')).trim().split('\n');
  const [former] = await keys();
  const { changes } = await openTestDatabase({ folder });
  const seen = changes();
  const moments: [string, () => Promise<boolean>][] = [
    ['the new key is made', () => isThere(`${path}.next`)],
    ['it is put before the former', async () => (await keys()).length === 2],
    ['the secrets are stored', async () => changes() !== seen],
    ['the former key has gone', async () => !(await keys()).includes(former ?? '')],
  ];
  const expectAllOpen = async () => {
    const rows = await store.list();
    expect(rows.map(({ id }) => id).sort()).toEqual(tenants.map(({ id }) => id).sort());
    for (const row of rows) expect(await registry.settingsOf(row)).toMatchObject(SETTINGS);
  };
  for (const [, isReached] of moments) {
    const rekeying = await startProcess(['tenants', 'rekey'], { folder: cwd });
    let hasEnded = false;
    rekeying.exit.then(() => {
      hasEnded = true;
    });
    while (!hasEnded && !(await isReached()));
    rekeying.child.kill('SIGKILL');
    await rekeying.exit;
    await expectAllOpen();
  }
  expect((await runInProcess(['tenants', 'rekey', '--json'], { folder: cwd })).code).toBe(0);
  await expectAllOpen();
  expect(await keys()).toHaveLength(1);
  expect(await keys()).not.toContain(former);
  expect(await isThere(`${path}.next`)).toBe(false);
  for (const row of await store.list()) {
    expect(await vault.isCurrent(row.settings.SEGMENT_KEY ?? '')).toBe(true);
  }
});

test('processes that start at once in a new folder seal with one key, and all tenants can be opened', async () => {
  const cwd = await temporaryFolder();
  const added = await Promise.all(
    ['acme', 'beta', 'gamma'].map((name) =>
      startProcess(
        [
          ...['tenants', 'add', name, '--auth0-domain', 'acme.eu.auth0.com', '--auth0-client-id', 'client-1'],
          ...['--auth0-client-secret', '-', '--segment-key', '-'],
        ],
        { folder: cwd },
      ),
    ),
  );
  for (const { stdin } of added) {
    stdin.end(`${SETTINGS.AUTH0_CLIENT_SECRET}\n${SETTINGS.SEGMENT_KEY}\n`);
  }
  expect(await Promise.all(added.map(({ exit }) => exit))).toEqual([0, 0, 0]);
  const { registry, store } = await openTestTenants({ folder: join(cwd, 'data') });
  const rows = await store.list();
  expect(rows.map(({ name }) => name)).toEqual(['acme', 'beta', 'gamma']);
  for (const row of rows) expect(await registry.settingsOf(row)).toMatchObject(SETTINGS);
});
