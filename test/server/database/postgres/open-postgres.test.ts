import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connect, type PostgresConnection } from '../../../../server/database/postgres/connection';
import { openLiveEvents } from '../../../../server/database/postgres/live-events';
import { openRunStore } from '../../../../server/database/postgres/run-store';
import type { RunState } from '../../../../src/storage/run-state';
import type { StateChange } from '../../../../src/storage/run-store';
import { systemClock } from '../../../../src/time';
import { startCuttingProxy } from '../../../postgres/cutting-proxy';
import { makeRecord } from '../../../support/make-record';
import { makeTenant, NOON } from '../open-test-database';
import { makeTestPostgres, type TestPostgres } from './open-test-postgres';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await makeTestPostgres(afterAll);
});
beforeEach(() => postgres.empty());

const remaining = () => 10_000;

/** A tenant, and its state as another process sees it. */
async function openTenant(url?: string) {
  const database = await postgres.open(url);
  const tenant = makeTenant('acme');
  await database.tenants.add(tenant);
  const { state, history } = (await postgres.open()).storeOf(tenant.id)({ remaining });
  const runIds = async () => (await history.list({ offset: 0, limit: 9 })).runs.map(({ id }) => id);
  return { database, tenant, other: state, runIds };
}

/** Notes what a change was asked to change, and adds a run. */
function noting(id: string) {
  const seen: (string | null)[] = [];
  const change = (state: RunState): StateChange => {
    seen.push(state.checkpointId);
    return {
      state: { ...state, checkpointId: `${state.checkpointId ?? ''}+${id}` },
      ended: [{ id, record: makeRecord({ logsProcessed: 1, batches: 1 }) }],
    };
  };
  return { seen, change };
}

describe('the clock', () => {
  test('by which leases are given and tenants are due is that of the database', async () => {
    const { database, tenant } = await openTenant();
    await postgres.setClock(NOON - 1);
    expect(await database.tenants.due(NOON + 60_000, 10)).toEqual({ tenants: [], next: NOON });
    await postgres.setClock(NOON);
    expect(await database.tenants.due(0, 10)).toMatchObject({ tenants: [{ name: 'acme', dueAt: NOON }] });
    const times: number[] = [];
    await database
      .storeOf(tenant.id)({ remaining })
      .state.update((_, now) => {
        times.push(now);
        return undefined;
      });
    expect(times).toEqual([NOON]);
    expect(Math.abs((await postgres.open()).now() - NOON)).toBeLessThan(60_000);
  });
});

test('a due time that is moved does not pass for a tenant that has changed', async () => {
  const { database, tenant } = await openTenant();
  const other = await postgres.open();
  const before = await other.changes();
  await database.tenants.claim(tenant.id, NOON, NOON + 60_000);
  const moved = await other.changes();
  expect(moved.tenants).toBe(before.tenants);
  expect(moved.dueTimes).not.toBe(before.dueTimes);
});

describe('a change of a state', () => {
  /** A connection on which something happens before each write. */
  const pausing = (connection: PostgresConnection, meanwhile: () => Promise<unknown>) => ({
    ...connection,
    within: (ms: number) => {
      const session = connection.within(ms);
      const run: typeof session.run = async (sql, values) => {
        await meanwhile();
        return session.run(sql, values);
      };
      return { ...session, run };
    },
  });

  test('by a process that stood still between reading and writing changes nothing, and is made anew', async () => {
    const { tenant, other, runIds } = await openTenant();
    const connection = await connect({ url: postgres.url, places: 1, clock: systemClock });
    onTestFinished(() => connection.close());
    let writes = 0;
    const paused = pausing(connection, async () => {
      writes += 1;
      if (writes === 1) await other.update((state) => ({ state: { ...state, checkpointId: 'b' } }));
    });
    const { seen, change } = noting('run-1');
    const stored = await openRunStore(paused, tenant.id)({ remaining }).state.update(change);
    expect(seen).toEqual([null, 'b']);
    expect(stored.checkpointId).toBe('b+run-1');
    expect(await other.read()).toEqual(stored);
    expect(await runIds()).toEqual(['run-1']);
  });

  test('is not made to a tenant that was removed meanwhile, though its history is kept', async () => {
    const { database, tenant } = await openTenant();
    const connection = await connect({ url: postgres.url, places: 1, clock: systemClock });
    onTestFinished(() => connection.close());
    const paused = pausing(connection, () => database.tenants.remove(tenant.id, true));
    const update = openRunStore(paused, tenant.id)({ remaining }).state.update(noting('run-1').change);
    await expect(update).rejects.toMatchObject({ code: 'tenant_removed' });
    expect(await postgres.exec('SELECT state, version FROM run_stores')).toEqual([
      { state: '{}', version: '0' },
    ]);
    expect(await postgres.exec('SELECT id FROM runs')).toEqual([]);
  });

  test('whose answer is lost was made once, with its run', async () => {
    const proxy = await startCuttingProxy(Number(new URL(postgres.url).port));
    onTestFinished(() => proxy.close());
    const url = new URL(postgres.url);
    url.port = String(proxy.port);
    const { database, tenant, other, runIds } = await openTenant(url.href);
    const { state } = database.storeOf(tenant.id)({ remaining });
    for (const id of ['run-1', 'run-2']) {
      const { seen, change } = noting(id);
      proxy.cutAfter('run_stores SET state');
      expect(await state.update(change)).toEqual(await other.read());
      expect(seen).toHaveLength(1);
    }
    expect(proxy.cuts).toBe(2);
    expect((await other.read()).checkpointId).toBe('+run-1+run-2');
    expect(await runIds()).toEqual(['run-2', 'run-1']);
  });

  test('continues with another connection where all were ended', async () => {
    const { database, tenant } = await openTenant();
    const { state } = database.storeOf(tenant.id)({ remaining });
    await postgres.cutSessions();
    expect((await state.update(noting('run-1').change)).checkpointId).toBe('+run-1');
  });

  test('is given up when its time is over, and says why without an address', async () => {
    const { database, tenant, other } = await openTenant();
    const holder = await connect({ url: postgres.url, places: 1, clock: systemClock });
    onTestFinished(() => holder.close());
    const { state } = database.storeOf(tenant.id)({ remaining: () => 1_000 });
    const began = performance.now();
    await holder.transaction(async ({ run }) => {
      await run('SELECT FROM auth0_logs_to_segment.run_stores FOR UPDATE');
      const error = await state.update(noting('run-1').change).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        name: 'ExportError',
        code: 'storage_write',
        message: expect.stringMatching(
          /^The state could not be stored, .* The database cannot be used: its server does not answer in time\. The next run/,
        ),
      });
    });
    // Far less than the fifteen seconds that a statement may take otherwise.
    expect(performance.now() - began).toBeLessThan(4_900);
    expect(await other.read()).toBeDefined();
  });
});

describe('a claim together with something else', () => {
  test('is made by one of two, whose work alone is done', async () => {
    const { database, tenant } = await openTenant();
    const there = await postgres.open();
    await postgres.exec('CREATE TABLE IF NOT EXISTS test_clock.jobs (who text); TRUNCATE test_clock.jobs');
    const claim = (by: typeof database, who: string) =>
      by.claimAnd(tenant.id, NOON, NOON + 60_000, async ({ executeSql }) => {
        const { rows } = await executeSql('INSERT INTO test_clock.jobs VALUES ($1) RETURNING who', [who]);
        expect(rows).toEqual([{ who }]);
      });
    const claims = await Promise.all([claim(database, 'here'), claim(there, 'there')]);
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await postgres.exec('SELECT who FROM test_clock.jobs')).toEqual([
      { who: claims[0] ? 'here' : 'there' },
    ]);
    expect((await there.tenants.find('acme'))?.dueAt).toBe(NOON + 60_000);
  });

  test('is not made where the other fails, nor the other where the claim fails', async () => {
    const { database, tenant } = await openTenant();
    const trouble = new Error('The queue is gone.');
    const claim = database.claimAnd(tenant.id, NOON, null, () => Promise.reject(trouble));
    await expect(claim).rejects.toBe(trouble);
    expect((await database.tenants.find('acme'))?.dueAt).toBe(NOON);
    const never = () => Promise.reject(new Error('done in vain'));
    expect(await database.claimAnd(tenant.id, NOON - 1, null, never)).toBe(false);
  });
});

describe('what the processes tell each other', () => {
  const worker = { host: 'a', pid: 7, role: 'worker' as const, version: '3.0.0', places: 8 };
  const runs = [{ tenant: 'acme', run: 'run-1', startedAt: new Date(NOON).toISOString() }];

  test('who is there, for as long as they are heard of', async () => {
    const { workers } = await postgres.open();
    await workers.put({ ...worker, id: 'one', runs: [] });
    await workers.put({ ...worker, id: 'two', runs: [] });
    await workers.put({ ...worker, id: 'one', runs });
    expect(await workers.list()).toMatchObject([
      { ...worker, id: 'one', runs },
      { ...worker, id: 'two', runs: [] },
    ]);
    await postgres.setClock(NOON + 50_000);
    await workers.put({ ...worker, id: 'two', runs: [] });
    await postgres.setClock(NOON + 61_000);
    expect(await workers.list()).toMatchObject([
      {
        id: 'two',
        startedAt: new Date(NOON).toISOString(),
        seenAt: new Date(NOON + 50_000).toISOString(),
      },
    ]);
    await workers.remove('two');
    expect(await workers.list()).toEqual([]);
    // A day later nothing is left of one that has never said that it ended.
    await postgres.setClock(NOON + 86_400_001);
    await workers.put({ ...worker, id: 'three', runs: [] });
    expect(await postgres.exec('SELECT id FROM workers')).toEqual([{ id: 'three' }]);
  });

  test('what happens, in its order, until it is too old', async () => {
    const { liveEvents } = await postgres.open();
    const event = { worker: 'one', tenant: 'acme', run: 'run-1' };
    await liveEvents.append([]);
    const before = await liveEvents.newest();
    await liveEvents.append([
      { ...event, kind: 'begin', text: 'Begins.\u0000' },
      { ...event, kind: 'line', text: 'A line.' },
    ]);
    await postgres.setClock(NOON + 10_000);
    await liveEvents.append([{ ...event, kind: 'end', text: '' }]);
    const there = (await postgres.open()).liveEvents;
    const all = await there.after(before, 10);
    expect(all).toMatchObject([
      { ...event, kind: 'begin', text: 'Begins.\uFFFD', at: new Date(NOON).toISOString() },
      { ...event, kind: 'line', text: 'A line.' },
      { ...event, kind: 'end', text: '', at: new Date(NOON + 10_000).toISOString() },
    ]);
    expect(await there.after(all[0]?.id ?? 0, 1)).toEqual([all[1]]);
    expect(await there.newest()).toBe(all[2]?.id);
    await there.prune(5_000);
    expect(await there.after(0, 10)).toEqual([all[2]]);
  });

  test('nothing that happened is seen before what has a lower id', async () => {
    const { liveEvents } = await postgres.open();
    const event = { worker: 'one', kind: 'line' as const, tenant: 'acme', run: 'run-1' };
    const holder = await connect({ url: postgres.url, places: 1, clock: systemClock });
    onTestFinished(() => holder.close());
    let later: Promise<void> | undefined;
    await holder.transaction(async (session) => {
      await openLiveEvents(session).append([{ ...event, text: 'first' }]);
      later = liveEvents.append([{ ...event, text: 'second' }]);
      const isDone = later.then(() => 'done');
      const isWaiting = async () => {
        const waiting = await postgres.exec(
          'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = $$Lock$$',
        );
        return waiting.length > 0 ? 'waits' : undefined;
      };
      await expect.poll(() => Promise.race([isDone, isWaiting()])).toBeDefined();
      expect(await liveEvents.after(0, 10)).toEqual([]);
    });
    await later;
    expect((await liveEvents.after(0, 10)).map(({ text }) => text)).toEqual(['first', 'second']);
  });
});
