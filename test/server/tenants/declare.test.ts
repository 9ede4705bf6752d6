import { randomBytes } from 'node:crypto';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OpenTenantsOptions } from '../../../server/tenants/open-tenants';
import { temporaryFolder } from '../../support/temporary-folder';
import {
  CLIENT_SECRET,
  NOTHING_GIVEN,
  openTestTenants,
  SECRETS,
  SEGMENT_KEY,
  SETTINGS,
} from './open-test-tenants';

/** A tenant as the file declares it. */
const declared = (name: string, more = '') => `  - name: ${name}
    settings:
      AUTH0_DOMAIN: ${name}.eu.auth0.com
      AUTH0_CLIENT_ID: client-1
      AUTH0_CLIENT_SECRET: ${CLIENT_SECRET}
      SEGMENT_KEY: ${SEGMENT_KEY}
${more}`;
const fileOf = (...tenants: string[]) => `tenants:\n${tenants.join('')}`;

/** Tenants that a file declares. */
async function openDeclared(text: string, options: Partial<OpenTenantsOptions> = {}) {
  const folder = await temporaryFolder();
  const tenantsFile = join(folder, 'tenants.yaml');
  const write = (changed: string) => writeFile(tenantsFile, changed, { mode: 0o600 });
  await write(text);
  return { ...(await openTestTenants({ folder, tenantsFile, ...options })), write, tenantsFile };
}

test('tenants are declared with settings, schedule and time zone, sealed, and read-only elsewhere', async () => {
  const { registry, refresh, store, tenantsFile } = await openDeclared(
    fileOf(
      declared(
        'acme',
        '      BATCH_SIZE: 50\n      SLACK_SEND_SUCCESS: yes\n    schedule: 0 0 3 * * *\n    timeZone: Europe/Berlin\n',
      ),
      '  - { name: linked, settings: { AUTH0_DOMAIN: l.auth0.com, AUTH0_CLIENT_ID: 1234567890123456789012, AUTH0_CLIENT_SECRET: env:A, SEGMENT_KEY: "file:/run/k" } }\n',
    ),
  );
  expect(await refresh(true)).toEqual([]);
  const [acme, linked] = await store.list();
  if (!acme || !linked) throw new Error('not declared');
  expect(acme).toMatchObject({ origin: 'declared', schedule: '0 0 3 * * *', timeZone: 'Europe/Berlin' });
  expect(await registry.settingsOf(acme)).toMatchObject({
    AUTH0_DOMAIN: 'acme.eu.auth0.com',
    AUTH0_CLIENT_SECRET: CLIENT_SECRET,
    SEGMENT_KEY,
    BATCH_SIZE: '50',
    SLACK_SEND_SUCCESS: 'true',
  });
  // No digit of a long number is lost.
  expect(linked.settings).toMatchObject({
    AUTH0_CLIENT_ID: '1234567890123456789012',
    SEGMENT_KEY: 'file:/run/k',
  });
  expect(JSON.stringify(await store.list())).not.toMatch(SECRETS);
  for (const refused of [
    registry.change('acme', { settings: { BATCH_SIZE: '5' } }, { mayReference: true }),
    registry.remove('acme', true),
  ]) {
    await expect(refused).rejects.toThrow(`because it is declared in ${tenantsFile}. Change that file`);
  }
  // The switch is not in the file, and stays as it was set.
  await registry.change('acme', { isActive: false }, { mayReference: false });
  const before = await store.list();
  await refresh(true);
  expect(await store.list()).toEqual(before);
});

test('one that is declared no longer goes, and has its checkpoint and history when it comes back', async () => {
  const { refresh, store, write, database } = await openDeclared(fileOf(declared('acme'), declared('beta')));
  await refresh(true);
  const stateOf = async () => {
    const tenant = await store.find('acme');
    return database.storeOf(tenant?.id ?? '')({ remaining: () => 1000 }).state;
  };
  await (await stateOf()).update((state) => ({ state: { ...state, checkpointId: 'c1' } }));
  await write(fileOf(declared('beta')));
  await refresh(true);
  expect((await store.list()).map(({ name }) => name)).toEqual(['beta']);
  await write(fileOf(declared('acme'), declared('beta')));
  await refresh(true);
  expect((await (await stateOf()).read()).checkpointId).toBe('c1');
});

test('one that was entered becomes declared and keeps its state; without the file, all can be changed again', async () => {
  const { registry, refresh, store, folder } = await openDeclared(fileOf(declared('acme')));
  const entered = await registry.add(
    'acme',
    { settings: { ...SETTINGS, BATCH_SIZE: '20' }, schedule: '0 0 4 * * *' },
    { mayReference: true },
  );
  await refresh(true);
  expect(await store.find('acme')).toMatchObject({
    id: entered.id,
    origin: 'declared',
    schedule: '0 */5 * * * *',
  });
  expect((await store.find('acme'))?.settings).not.toHaveProperty('BATCH_SIZE');
  expect((await registry.changes(entered, 10)).map(({ name }) => name).sort()).toEqual([
    'BATCH_SIZE',
    'schedule',
  ]);
  const without = await openTestTenants({ folder });
  expect(await without.refresh(true)).toEqual([
    'TENANTS_FILE is not given any more. acme, declared there before, can be changed here from now on.',
  ]);
  expect(await store.find('acme')).toMatchObject({ id: entered.id, origin: 'stored' });
});

test('on a database that other machines share, a process without the file changes nothing, until all are released', async () => {
  const { refresh, store } = await openDeclared(fileOf(declared('acme'), declared('beta')));
  await refresh(true);
  const before = await store.list();
  const encryption = { key: randomBytes(32).toString('base64'), keyFile: '' };
  const without = await openTestTenants({ folder: undefined, store, encryption });
  expect(await without.refresh(true)).toEqual([
    'TENANTS_FILE is not given to this process. What was declared there stays as it is (2 tenants). Give it the file that the other processes have; where none is to have it any more, write tenants release.',
  ]);
  expect(await store.list()).toEqual(before);
  expect(await without.release()).toEqual(['acme', 'beta']);
  expect((await store.list()).map(({ origin }) => origin)).toEqual(['stored', 'stored']);
  expect(await without.refresh(true)).toEqual([]);
  expect(await without.release()).toEqual([]);
});

test('on such a database, a process without its variables leaves the tenant of the environment to those that have them', async () => {
  const given = { tenant: 'default', settings: SETTINGS, schedule: '0 0 3 * * *', timeZone: undefined };
  const encryption = { key: randomBytes(32).toString('base64'), keyFile: '' };
  const { refresh, release, store } = await openTestTenants({ given });
  const shared = { folder: undefined, store, encryption };
  await refresh(true);
  const before = await store.list();
  const without = await openTestTenants(shared);
  expect(await without.refresh(true)).toEqual([
    'Tenant default is given by the environment of another process, and not of this one, which cannot export it. Give this process the same AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, SEGMENT_KEY; where none is to have them any more, write tenants release.',
  ]);
  expect(await store.list()).toEqual(before);
  // Nor is it let go of by a command that is given it.
  expect(await release()).toEqual([]);
  expect(await without.release()).toEqual(['default']);
  expect(await store.list()).toMatchObject([{ origin: 'stored', schedule: '0 0 3 * * *' }]);
  expect(await without.refresh(true)).toEqual([]);
});

test.each([
  ['a list of tenants', 2, 'Tenant 1 of the list is a single value', 'tenants:\n  - acme\n'],
  ['"tenants:"', 1, 'It must hold "tenants:"', '- name: acme\n'],
  ['a list below "tenants:"', 1, 'It must hold "tenants:"', 'tenants: none\n'],
  ['only known keys', 1, '"tenant" is not known', 'tenant: []\n'],
  ['YAML', 3, 'It stops being YAML there', fileOf('  - name: acme\n    settings: {a: [}\n')],
  ['spaces', 3, 'tab', fileOf('  - name: acme\n\tsettings: {}\n')],
  ['each key once', 3, 'The same key stands there twice', fileOf('  - name: acme\n    name: acme\n')],
  ['one document', 3, 'A second document begins there', `${fileOf('  - name: a\n')}---\na: 1\n`],
  [
    'no alias',
    8,
    'It refers to another part of the file with *',
    fileOf('  - &a { name: a }\n', '\n\n\n\n\n', '  - *a\n'),
  ],
  ['no tag', 2, 'It stops being YAML there', fileOf('  - !!js/function x\n')],
  [
    'a name',
    2,
    'Tenant 1 of the list has no name.',
    fileOf(declared('acme').replace('name: acme', 'schedule: "0 0 * * * *"')),
  ],
  ['a usable name', 2, 'The name is "Acme_EU". It must have 1 to 63', fileOf(declared('Acme_EU'))],
  [
    'a name once',
    8,
    'There is a tenant "acme" in line 2 already',
    fileOf(declared('acme'), declared('acme')),
  ],
  ['settings', 2, 'Tenant acme has no settings.', fileOf('  - name: acme\n')],
  [
    'settings as a map',
    3,
    'The settings of tenant acme are no map',
    fileOf('  - name: acme\n    settings: [a]\n'),
  ],
  [
    'all that is required',
    3,
    'SEGMENT_KEY of tenant acme is missing.',
    fileOf(declared('acme').replace(/.*SEGMENT_KEY.*\n/, '')),
  ],
  [
    'known settings',
    8,
    'Write BATCH_SIZE if that is meant.',
    fileOf(declared('acme', '      BATCHSIZE: 50\n')),
  ],
  [
    'settings in their place',
    8,
    'Move it below "settings:"',
    fileOf(declared('acme', '    BATCH_SIZE: 50\n')),
  ],
  ['values in their range', 8, 'BATCH_SIZE is "0"', fileOf(declared('acme', '      BATCH_SIZE: 0\n'))],
  ['values', 8, 'BATCH_SIZE of tenant acme has no value', fileOf(declared('acme', '      BATCH_SIZE:\n'))],
  [
    'values that are texts',
    8,
    'START_FROM of tenant acme is a list',
    fileOf(declared('acme', '      START_FROM: [1]\n')),
  ],
  [
    'usable references',
    7,
    'SEGMENT_KEY is a reference to a variable without',
    fileOf(declared('acme').replace(SEGMENT_KEY, '"env:"')),
  ],
  ['a schedule', 8, 'In tenant acme', fileOf(declared('acme', '    schedule: never\n'))],
  ['a time zone', 8, 'In tenant acme', fileOf(declared('acme', '    timeZone: Mars/One\n'))],
])('the file must have %s: line %i is named, and nothing is applied', async (_, line, sentence, text) => {
  const { refresh, store, write, tenantsFile } = await openDeclared(fileOf(declared('before')));
  await refresh(true);
  const before = await store.list();
  await write(text);
  const error: unknown = await refresh(true).catch((one: unknown) => one);
  expect(error).toMatchObject({ exitCode: 78 });
  const { message } = error as Error;
  expect(message).toMatch(/^TENANTS_FILE .* cannot be used, and nothing of it was applied\. Line \d+: /);
  expect(message).toContain(tenantsFile);
  const named = message.split(/ (?=Line \d+: )/).find((part) => part.includes(sentence));
  expect(named ?? message).toMatch(new RegExp(`^Line ${line}: `));
  expect(message).not.toMatch(SECRETS);
  expect(await store.list()).toEqual(before);
});

test('one wrong tenant among many keeps all of them from being applied', async () => {
  const good = Array.from({ length: 50 }, (_, index) => declared(`t${index}`));
  const { refresh, store } = await openDeclared(fileOf(...good, declared('bad', '      BATCH_SIZE: x\n')));
  await expect(refresh(true)).rejects.toThrow('BATCH_SIZE');
  expect(await store.list()).toEqual([]);
});

test('a tenant that the environment gives too is refused, naming both', async () => {
  const given = { ...NOTHING_GIVEN, settings: SETTINGS };
  const { refresh, store } = await openDeclared(fileOf(declared('default')), { given });
  await expect(refresh(true)).rejects.toThrow('Line 2: tenant default is given by the environment');
  expect(await store.list()).toEqual([]);
});

test('a file that cannot be read is said with its path, before anything is changed', async () => {
  const { refresh, tenantsFile, folder } = await openDeclared('');
  await rename(tenantsFile, `${tenantsFile}.bak`);
  await expect(refresh(true)).rejects.toThrow(
    `TENANTS_FILE ${tenantsFile} cannot be used: there is no such file.`,
  );
  await expect((await openTestTenants({ tenantsFile: folder })).refresh(true)).rejects.toThrow(
    'it is no file',
  );
  await expect((await openTestTenants({ tenantsFile: '/dev/zero' })).refresh(true)).rejects.toThrow(
    'it is no file',
  );
});

test('a file with plain secrets that others can read warns; so does one that others can write', async () => {
  const { refresh, write, tenantsFile } = await openDeclared(fileOf(declared('acme')));
  for (const mode of [0o644, 0o640, 0o604]) {
    await chmod(tenantsFile, mode);
    expect(await refresh(true)).toEqual([
      `${tenantsFile} holds AUTH0_CLIENT_SECRET, SEGMENT_KEY and is open to other users of this machine (mode 0${mode.toString(8)}). Run: chmod 600 ${tenantsFile}`,
    ]);
  }
  await write(fileOf(declared('acme').replace(CLIENT_SECRET, 'env:A').replace(SEGMENT_KEY, 'env:B')));
  expect(await refresh(true)).toEqual([]);
  await chmod(tenantsFile, 0o664);
  expect(await refresh(true)).toEqual([
    `${tenantsFile} says where secrets are sent, and can be changed by other users of this machine (mode 0664). Run: chmod go-w ${tenantsFile}`,
  ]);
});
