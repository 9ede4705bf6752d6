import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../../server/database/postgres/connection';
import { openLogStreams } from '../../../server/database/postgres/log-streams';
import { migrate } from '../../../server/database/postgres/migrations';
import { SCHEMA } from '../../../server/database/postgres/schema';
import type { LogStreamStore } from '../../../server/log-streams/log-stream-store';
import { noteTriggers } from '../../../server/log-streams/stream-state';
import { createTriggerTokens } from '../../../server/log-streams/trigger-tokens';
import type { TenantRow } from '../../../server/tenants/tenant-store';
import { systemClock } from '../../../src/time';
import { newStream } from '../../support/new-stream';
import { openTestPostgres } from '../../support/postgres';
import { makeTenant, openTestDatabase } from './open-test-database';

/** A store, and how its tenants come and go. */
interface Opened {
  store: LogStreamStore;
  add: (tenant: TenantRow) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
}

async function openSqlite(): Promise<Opened> {
  const { logStreams, tenants } = await openTestDatabase();
  return { store: logStreams, add: tenants.add, remove: (id) => tenants.remove(id, false) };
}

async function openPostgres(): Promise<Opened> {
  const { url } = await openTestPostgres();
  const connection = await connect({ url, places: 4, clock: systemClock });
  onTestFinished(() => connection.close());
  await migrate(connection);
  return {
    store: openLogStreams(connection),
    add: ({ id, name, version }) =>
      connection.run(
        `INSERT INTO ${SCHEMA}.tenants
         (id, name, origin, settings, schedule, time_zone, is_active, created_at, version)
         VALUES ($1, $2, 'stored', '{}', '', 'UTC', 1, '', $3)`,
        [id, name, version],
      ),
    remove: (id) => connection.run(`DELETE FROM ${SCHEMA}.tenants WHERE id = $1`, [id]),
  };
}

describe.each([
  { name: 'SQLite', open: openSqlite },
  { name: 'PostgreSQL', open: openPostgres },
])('log streams in $name', ({ open }) => {
  test('a token is found by the name of its tenant alone, and only its hash is kept', async () => {
    const { store, add } = await open();
    const [acme, umbra] = [makeTenant('acme', { version: 7 }), makeTenant('umbra')];
    for (const tenant of [acme, umbra]) await add(tenant);
    const tokens = createTriggerTokens(store);
    const [token, other] = [await tokens.rotate(acme.id), await tokens.rotate(umbra.id)];
    expect(token).toMatch(/^a0ls_[\w-]{43}$/);
    expect(await tokens.find('acme', token)).toEqual({
      tenantId: acme.id,
      tenant: 'acme',
      tenantVersion: 7,
      tokenHash: createHash('sha256').update(token).digest('hex'),
      state: newStream,
    });
    for (const wrong of [other, '', `${token}x`, token.slice(1)]) {
      expect(await tokens.find('acme', wrong)).toBeUndefined();
    }
    expect(await tokens.find('nobody', '')).toBeUndefined();
    expect(await tokens.accepts(acme.id, token)).toBe(true);
    expect(await tokens.accepts(acme.id, other)).toBe(false);
    expect((await store.list()).map(({ tenant }) => tenant)).toEqual(['acme', 'umbra']);
  });

  test('a new token takes the place of the former, and what is known of the stream stays', async () => {
    const { store, add } = await open();
    const acme = makeTenant('acme');
    await add(acme);
    const tokens = createTriggerTokens(store);
    const former = await tokens.rotate(acme.id);
    const state = {
      notedId: '90020250303120000000',
      lastTriggerAt: 1_741_003_200_123,
      triggers: 12,
      pullAt: 1_741_003_205_123,
      reachedId: '90020250303115959999',
      asked: 2,
      silentSince: 1_741_003_200_000,
      toldAt: 1_741_003_201_000,
    };
    expect(await store.change(acme.id, () => ({ state, more: 'yes' }))).toEqual({ state, more: 'yes' });
    const token = await tokens.rotate(acme.id);
    expect(await tokens.find('acme', former)).toBeUndefined();
    expect((await tokens.find('acme', token))?.state).toEqual(state);
  });

  test('triggers that come at once are all counted', async () => {
    const { store, add } = await open();
    const acme = makeTenant('acme');
    await add(acme);
    await createTriggerTokens(store).rotate(acme.id);
    await Promise.all(
      Array.from({ length: 20 }, (_, place) =>
        store.change(acme.id, (before) =>
          noteTriggers(before, { highest: String(10 + place), count: 1, at: 1 }, 5_000),
        ),
      ),
    );
    expect((await store.find('acme'))?.state).toMatchObject({ notedId: '29', triggers: 20 });
  });

  test('a tenant without a log stream has none to change, and none stays of one that is removed', async () => {
    const { store, add, remove } = await open();
    const acme = makeTenant('acme');
    await add(acme);
    const change = () => {
      throw new Error('there is nothing to change');
    };
    expect(await store.change(acme.id, change)).toBeUndefined();
    const tokens = createTriggerTokens(store);
    await tokens.rotate(acme.id);
    await remove(acme.id);
    expect([await store.find('acme'), await store.list()]).toEqual([undefined, []]);
    await expect(tokens.rotate(acme.id)).rejects.toThrow('removed meanwhile');
  });
});
