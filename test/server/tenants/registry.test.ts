import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TenantInput } from '../../../server/tenants/registry';
import { shownSettings } from '../../../server/tenants/stored-settings';
import { NOON } from '../database/open-test-database';
import {
  CLIENT_SECRET,
  NOTHING_GIVEN,
  openTestTenants,
  SECRETS,
  SEGMENT_KEY,
  SETTINGS,
} from './open-test-tenants';

const LOCAL = { mayReference: true };
const DASHBOARD = { mayReference: false };

test('a tenant that is added is due at once, with its secrets sealed, and is found again by a run', async () => {
  const { registry, store } = await openTestTenants();
  const row = await registry.add(
    'acme',
    { settings: { ...SETTINGS, BATCH_SIZE: ' 50 ', SEGMENT_REGION: 'us' } },
    LOCAL,
  );
  expect(row).toMatchObject({ origin: 'stored', isActive: true, dueAt: NOON, timeZone: 'UTC', version: 1 });
  const kept = await store.find('acme');
  expect(JSON.stringify([row, kept])).not.toMatch(SECRETS);
  expect(kept?.settings).toEqual({
    AUTH0_DOMAIN: 'acme.eu.auth0.com',
    AUTH0_CLIENT_ID: 'client-1',
    AUTH0_CLIENT_SECRET: expect.stringMatching(/^jwe:/),
    SEGMENT_KEY: expect.stringMatching(/^jwe:/),
    BATCH_SIZE: '50',
  });
  expect(await registry.settingsOf(row)).toMatchObject({
    ...SETTINGS,
    BATCH_SIZE: '50',
    SEGMENT_REGION: 'US',
  });
  expect(shownSettings(row.settings)).toEqual({
    AUTH0_DOMAIN: 'acme.eu.auth0.com',
    AUTH0_CLIENT_ID: 'client-1',
    AUTH0_CLIENT_SECRET: '(secret)',
    SEGMENT_KEY: '(secret)',
    BATCH_SIZE: '50',
  });
});

test('a change is noted without any secret, and reschedules only where the schedule changes', async () => {
  const { registry, store } = await openTestTenants();
  const added = await registry.add('acme', { settings: SETTINGS }, LOCAL);
  const changed = await registry.change(
    'acme',
    { settings: { BATCH_SIZE: '20', SEGMENT_KEY: 'anotherKey-Hx7Tq2Vb9' } },
    LOCAL,
  );
  expect(changed).toMatchObject({ dueAt: NOON, version: 2 });
  // As it was, after what was sealed is opened: nothing is noted.
  expect(await registry.change('acme', { settings: { AUTH0_CLIENT_SECRET: CLIENT_SECRET } }, LOCAL)).toEqual(
    changed,
  );
  const rescheduled = await registry.change(
    'acme',
    { schedule: '0 0 3 * * *', timeZone: 'Europe/Berlin' },
    LOCAL,
  );
  expect(rescheduled.dueAt).toBe(NOON + 300_000);
  expect((await registry.change('acme', { isActive: false }, LOCAL)).dueAt).toBeNull();
  expect(
    (await registry.change('acme', { settings: { BATCH_SIZE: '' } }, LOCAL)).settings,
  ).not.toHaveProperty('BATCH_SIZE');
  const changes = await registry.changes(added, 10);
  expect(changes.map(({ name, from, to }) => [name, from, to])).toEqual([
    ['BATCH_SIZE', '20', '100'],
    ['state', 'active', 'inactive'],
    ['timeZone', 'UTC', 'Europe/Berlin'],
    ['schedule', '0 */5 * * * *', '0 0 3 * * *'],
    ['BATCH_SIZE', '100', '20'],
    ['SEGMENT_KEY', '(secret)', '(secret)'],
  ]);
  expect(JSON.stringify([changes, await store.list()])).not.toMatch(SECRETS);
});

test.each<[string, string, TenantInput, string]>([
  ['There is a tenant acme already.', 'acme', { settings: SETTINGS }, 'name'],
  ['It must have 1 to 63 lower-case letters', '-x', { settings: SETTINGS }, 'name'],
  ['AUTH0_DOMAIN is required.', 'new', {}, 'AUTH0_DOMAIN'],
  ['BATCH_SIZE is "0"', 'new', { settings: { ...SETTINGS, BATCH_SIZE: '0' } }, 'BATCH_SIZE'],
  ['Write BATCH_SIZE if that is meant.', 'new', { settings: { ...SETTINGS, BATCHSIZE: '5' } }, 'BATCHSIZE'],
  ['one of: US, EU', 'new', { settings: { ...SETTINGS, SEGMENT_REGION: 'Mars' } }, 'SEGMENT_REGION'],
  ['on one line', 'new', { settings: { ...SETTINGS, SEGMENT_KEY: `${SEGMENT_KEY}\nx` } }, 'SEGMENT_KEY'],
  [
    'has 2001 characters',
    'new',
    { settings: { ...SETTINGS, SEGMENT_KEY: 'x'.repeat(2_001) } },
    'SEGMENT_KEY',
  ],
  ['AUTH0_DOMAIN', 'new', { settings: { ...SETTINGS, AUTH0_DOMAIN: 'https://evil/x y' } }, 'AUTH0_DOMAIN'],
  ['schedule', 'new', { settings: SETTINGS, schedule: '* * *' }, 'schedule'],
  ['time zone', 'new', { settings: SETTINGS, timeZone: 'Mars/One' }, 'timeZone'],
  [
    'is no setting',
    'new',
    { settings: { ...SETTINGS, SEGMENT_ENDPOINT: 'https://evil' } },
    'SEGMENT_ENDPOINT',
  ],
  ['tenants set new', 'new', { settings: { ...SETTINGS, SEGMENT_KEY: 'file:/etc/shadow' } }, 'SEGMENT_KEY'],
  [
    'begins with env:',
    'new',
    { settings: { ...SETTINGS, SLACK_INCOMING_WEBHOOK: 'env:HOME' } },
    'SLACK_INCOMING_WEBHOOK',
  ],
])('refused from the Dashboard, and nothing is kept: %s', async (sentence, name, input, setting) => {
  const { registry, store } = await openTestTenants();
  await registry.add('acme', { settings: SETTINGS }, LOCAL);
  const before = await store.list();
  const refused: unknown = await registry.add(name, input, DASHBOARD).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: 'TenantError', message: expect.stringContaining(sentence) });
  expect(Object.keys((refused as { problems: object }).problems)).toContain(setting);
  expect(String(refused)).not.toMatch(SECRETS);
  expect(await store.list()).toEqual(before);
});

test('a client secret meets no other domain than the one that it came with', async () => {
  const { registry, folder } = await openTestTenants({ env: { A: 'from-env' } });
  const row = await registry.add('acme', { settings: SETTINGS }, LOCAL);
  const elsewhere = { settings: { AUTH0_DOMAIN: 'evil.eu.auth0.com' } };
  await expect(registry.change('acme', elsewhere, DASHBOARD)).rejects.toThrow('must be entered again');
  await expect(registry.change('acme', elsewhere, LOCAL)).rejects.toThrow('must be entered again');
  await registry.add('linked', { settings: { ...SETTINGS, AUTH0_CLIENT_SECRET: 'env:A' } }, LOCAL);
  await expect(registry.change('linked', elsewhere, DASHBOARD)).rejects.toThrow(
    'is env:A, a secret for that domain',
  );
  // Nor where the environment gives another domain for what is kept.
  const given = { ...NOTHING_GIVEN, tenant: 'acme', settings: { AUTH0_DOMAIN: 'other.eu.auth0.com' } };
  const { registry: there } = await openTestTenants({ folder, given });
  expect((await there.settingsOf(row)).AUTH0_CLIENT_SECRET).toBe('');
  // Nor one of the environment a domain that was entered.
  const secret = { ...NOTHING_GIVEN, tenant: 'acme', settings: { AUTH0_CLIENT_SECRET: CLIENT_SECRET } };
  const { registry: last } = await openTestTenants({ folder, given: secret });
  expect((await last.settingsOf(row)).AUTH0_CLIENT_SECRET).toBe('');
});

test('a secret that was moved to another tenant in the database does not open there', async () => {
  const { registry, store } = await openTestTenants();
  const acme = await registry.add('acme', { settings: SETTINGS }, LOCAL);
  const evil = await registry.add(
    'evil',
    { settings: { ...SETTINGS, AUTH0_DOMAIN: 'evil.auth0.com' } },
    LOCAL,
  );
  await store.replace({ ...evil, settings: { ...acme.settings, AUTH0_DOMAIN: 'evil.auth0.com' } }, []);
  const moved = await registry.find('evil');
  if (!moved) throw new Error('gone');
  await expect(registry.settingsOf(moved)).rejects.toThrow(
    'AUTH0_CLIENT_SECRET of tenant evil cannot be opened: it was sealed for another tenant or setting',
  );
});

test('two that change a tenant at once both succeed, and neither undoes the other', async () => {
  const { registry, folder } = await openTestTenants();
  await registry.add('acme', { settings: SETTINGS }, LOCAL);
  const { registry: there } = await openTestTenants({ folder });
  await Promise.all([
    registry.change('acme', { settings: { BATCH_SIZE: '20' } }, LOCAL),
    there.change('acme', { isActive: false }, LOCAL),
    registry.change('acme', { settings: { SEGMENT_REGION: 'EU' } }, LOCAL),
  ]);
  expect(await registry.find('acme')).toMatchObject({
    isActive: false,
    settings: { BATCH_SIZE: '20', SEGMENT_REGION: 'EU' },
    version: 4,
  });
});

test('what the environment gives of its tenant goes before what is kept, is never stored, and is no other’s', async () => {
  const given = {
    tenant: 'default',
    settings: { ...SETTINGS, ALLOWED_SLACK_HOSTS: 'hooks.example', BATCH_SIZE: '7' },
    schedule: '0 0 3 * * *',
    timeZone: undefined,
  };
  const { registry, refresh, store } = await openTestTenants({ given });
  expect(await refresh(true)).toEqual([]);
  const [row] = await store.list();
  if (!row) throw new Error('not kept');
  expect(row).toMatchObject({
    name: 'default',
    origin: 'environment',
    settings: {},
    schedule: '0 0 3 * * *',
    dueAt: NOON,
  });
  expect(await registry.settingsOf(row)).toMatchObject(given.settings);
  const other = await registry.add(
    'acme',
    { settings: { ...SETTINGS, AUTH0_DOMAIN: 'acme.auth0.com' } },
    LOCAL,
  );
  expect(await registry.settingsOf(other)).toMatchObject({
    AUTH0_DOMAIN: 'acme.auth0.com',
    BATCH_SIZE: '100',
    ALLOWED_SLACK_HOSTS: 'hooks.example',
  });
  await expect(registry.change('default', { settings: { BATCH_SIZE: '5' } }, LOCAL)).rejects.toThrow(
    'BATCH_SIZE of tenant default is given by an environment variable',
  );
  await expect(registry.change('default', { schedule: '0 0 4 * * *' }, LOCAL)).rejects.toThrow(
    'set by SCHEDULE',
  );
  await expect(registry.remove('default', false)).rejects.toThrow('cannot be removed here');
  // Switched off, it stays so when the host starts again.
  await registry.change('default', { isActive: false }, LOCAL);
  await refresh(true);
  expect(await store.find('default')).toMatchObject({ isActive: false, dueAt: null });
  // Given no more, it is one like any other.
  const without = await openTestTenants({ store });
  await without.refresh(true);
  expect(await store.find('default')).toMatchObject({ origin: 'stored', settings: {} });
  await without.registry.remove('default', false);
  expect(JSON.stringify(await store.list())).not.toMatch(SECRETS);
});

test('a key that is changed, and the former gone, between sealing and storing costs no secret', async () => {
  const { folder, database, rekey } = await openTestTenants();
  const { tenants: store } = database;
  let isBetween = true;
  const between = async () => {
    if (isBetween) await rekey();
    isBetween = false;
  };
  const { registry, vault } = await openTestTenants({
    folder,
    store: {
      ...store,
      add: async (row) => {
        await between();
        return store.add(row);
      },
      replace: async (row, changes) => {
        await between();
        return store.replace(row, changes);
      },
    },
  });
  const expectOpen = async (settings: object) => {
    const row = await store.find('acme');
    if (!row) throw new Error('not kept');
    expect(await registry.settingsOf(row)).toMatchObject(settings);
    expect(await vault.isCurrent(row.settings.SEGMENT_KEY ?? '')).toBe(true);
  };
  await registry.add('acme', { settings: SETTINGS }, LOCAL);
  await expectOpen(SETTINGS);
  isBetween = true;
  await registry.change('acme', { settings: { SEGMENT_KEY: 'segment-write-key-2' } }, LOCAL);
  await expectOpen({ ...SETTINGS, SEGMENT_KEY: 'segment-write-key-2' });
});

test('where the key is lost, secrets can be entered again one after the other', async () => {
  const { folder, registry } = await openTestTenants();
  await registry.add('acme', { settings: SETTINGS }, LOCAL);
  await rm(join(folder, 'encryption.key'));
  const { registry: anew } = await openTestTenants({ folder });
  const settingsOf = async () => {
    const row = await anew.find('acme');
    return row && anew.settingsOf(row);
  };
  await expect(settingsOf()).rejects.toThrow('or enter AUTH0_CLIENT_SECRET of tenant acme again');
  await anew.change('acme', { settings: { AUTH0_CLIENT_SECRET: CLIENT_SECRET } }, DASHBOARD);
  await expect(settingsOf()).rejects.toThrow('or enter SEGMENT_KEY of tenant acme again');
  await anew.change('acme', { settings: { SEGMENT_KEY } }, DASHBOARD);
  expect(await settingsOf()).toMatchObject(SETTINGS);
});
