import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../server/database/open-database';
import { createDistributedScheduler } from '../../../server/runs/distributed-scheduler';
import type { RunRequest } from '../../../server/runs/run-queue';
import type { TenantRow } from '../../../server/tenants/tenant-store';
import { type FakeClock, fakeClock } from '../../support/fake-clock';
import { temporaryFolder } from '../../support/temporary-folder';
import { makeTenant } from '../database/open-test-database';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const EVERY_MS = 300_000;

/** A queue that keeps what it is sent, each tenant once until its run is taken, as those of pg-boss do. */
function openQueue() {
  const waiting = new Map<string, RunRequest>();
  const sent: RunRequest[] = [];
  const underWay = new Set<string>();
  let fails = false;
  return {
    waiting,
    sent,
    underWay,
    fail: (isFailing: boolean) => {
      fails = isFailing;
    },
    queue: {
      send: async (request: RunRequest) => {
        if (fails) throw new Error('no connection');
        if (waiting.has(request.tenantId)) return false;
        waiting.set(request.tenantId, request);
        sent.push(request);
        return true;
      },
      work: async () => {},
      cancel: async (tenantId: string) => underWay.delete(tenantId),
      depth: async () => ({ waiting: waiting.size, active: 0, oldestWaitMs: 0, dead: 0 }),
      stop: async () => {},
    },
  };
}

/** One of several processes on a database, whose claims undo what they have done where sending fails. */
async function openProcess(
  folder: string,
  clock: FakeClock,
  queue: ReturnType<typeof openQueue>['queue'],
  {
    random = () => 0,
    cancelHere = () => false,
  }: { random?: () => number; cancelHere?: (tenantId: string) => boolean } = {},
) {
  let claims = 0;
  const database = await openDatabase({ folder, clock });
  const troubles: string[] = [];
  const scheduler = createDistributedScheduler({
    clock,
    dueTimes: database.tenants,
    tenants: database.tenants,
    random,
    claimAnd: async (id, dueAt, nextDueAt, work) => {
      claims += 1;
      if (!(await database.tenants.claim(id, dueAt, nextDueAt))) return false;
      try {
        await work({ executeSql: async () => ({ rows: [] }) });
      } catch (error) {
        await database.tenants.claim(id, nextDueAt ?? 0, dueAt);
        throw error;
      }
      return true;
    },
    queue,
    cancelHere,
    worker: undefined,
    changes: database.changes,
    onCount: () => {},
    onChange: () => {},
    onTrouble: (message) => troubles.push(message),
  });
  onTestFinished(async () => {
    await scheduler.stop();
    await database.close();
  });
  const add = async (name: string, row: Partial<TenantRow> = {}) => {
    const tenant = makeTenant(name, { id: `id-${name}`, dueAt: NOON + EVERY_MS, ...row });
    await database.tenants.add(tenant);
    return tenant;
  };
  return { scheduler, add, troubles, database, claims: () => claims };
}

test('whoever sees first that a tenant is due sends its run, and nobody else does', async () => {
  const clock = fakeClock({ now: NOON });
  const folder = await temporaryFolder();
  const { queue, sent, waiting } = openQueue();
  const processes = await Promise.all([1, 2, 3].map(() => openProcess(folder, clock, queue)));
  for (const name of ['acme', 'beta']) await processes[0]?.add(name);
  for (const { scheduler } of processes) await scheduler.start();
  await clock.advance(EVERY_MS + 1_000);
  expect(sent.map(({ tenant, trigger }) => `${tenant} ${trigger}`).sort()).toEqual([
    'acme schedule',
    'beta schedule',
  ]);
  waiting.clear();
  await clock.advance(2 * EVERY_MS);
  expect(sent).toHaveLength(4);
  expect(processes.flatMap(({ troubles }) => troubles)).toEqual([]);
});

test('each looks at a moment of its own, so that one alone begins what is due', async () => {
  const clock = fakeClock({ now: NOON });
  const folder = await temporaryFolder();
  const { queue, sent, waiting } = openQueue();
  const moments = [0.7, 0.1, 0.4];
  const processes = await Promise.all(
    moments.map((moment) => openProcess(folder, clock, queue, { random: () => moment })),
  );
  await processes[0]?.add('acme');
  for (const { scheduler } of processes) await scheduler.start();
  await clock.advance(EVERY_MS + 9);
  expect(sent).toEqual([]);
  await clock.advance(1);
  expect(sent).toHaveLength(1);
  waiting.clear();
  await clock.advance(EVERY_MS);
  expect(sent).toHaveLength(2);
  expect(processes.map(({ claims }) => claims())).toEqual([0, 2, 0]);
});

test('of a long backlog each begins with another tenant, and leaves those that another has come to', async () => {
  const clock = fakeClock({ now: NOON });
  const folder = await temporaryFolder();
  const { queue, sent } = openQueue();
  const places = [0.7, 0.1, 0.4];
  const processes = await Promise.all(
    places.map((place) => openProcess(folder, clock, queue, { random: () => place })),
  );
  const names = Array.from({ length: 60 }, (_, index) => `tenant-${index}`);
  for (const name of names) await processes[0]?.add(name, { dueAt: NOON });
  await Promise.all(processes.map(({ scheduler }) => scheduler.start()));
  await clock.advance(1_000);
  expect(sent.map(({ tenant }) => tenant).sort()).toEqual([...names].sort());
  const tries = processes.reduce((sum, { claims }) => sum + claims(), 0);
  expect(tries).toBeLessThan(1.5 * names.length);
});

test('a run that waits for a worker is not sent again, and its due time moves on', async () => {
  const clock = fakeClock({ now: NOON });
  const { queue, sent } = openQueue();
  const { scheduler, add, database } = await openProcess(await temporaryFolder(), clock, queue);
  await add('acme');
  await scheduler.start();
  await clock.advance(3 * EVERY_MS + 1_000);
  expect(sent).toHaveLength(1);
  expect((await database.tenants.find('acme'))?.dueAt).toBe(NOON + 4 * EVERY_MS);
});

test('where the run cannot be sent, the tenant stays due, and is sent when that is over', async () => {
  const clock = fakeClock({ now: NOON });
  const { queue, sent, fail } = openQueue();
  const { scheduler, add, database, troubles } = await openProcess(await temporaryFolder(), clock, queue);
  await add('acme');
  await scheduler.start();
  fail(true);
  await clock.advance(EVERY_MS + 1_000);
  expect(sent).toEqual([]);
  expect(troubles).toHaveLength(1);
  fail(false);
  const dueAt = (await database.tenants.find('acme'))?.dueAt ?? 0;
  expect(dueAt).toBeLessThanOrEqual(clock.now() + EVERY_MS);
  await clock.advance(EVERY_MS + 1_000);
  expect(sent).toHaveLength(1);
});

test('more tenants than are sent at once are all sent without waiting', async () => {
  const clock = fakeClock({ now: NOON });
  const { queue, sent } = openQueue();
  const { scheduler, add } = await openProcess(await temporaryFolder(), clock, queue);
  for (let n = 0; n < 120; n += 1) await add(`tenant-${n}`, { dueAt: NOON });
  await scheduler.start();
  await clock.advance(1_000);
  expect(sent).toHaveLength(120);
});

test('the only tenant is sent as its process starts, and one that is asked for at once', async () => {
  const clock = fakeClock({ now: NOON });
  const { queue, sent, waiting } = openQueue();
  const { scheduler, add } = await openProcess(await temporaryFolder(), clock, queue);
  const acme = await add('acme');
  expect(await scheduler.start(acme)).toBeUndefined();
  expect(sent).toMatchObject([{ tenant: 'acme', trigger: 'start' }]);
  waiting.clear();
  await scheduler.ask(acme, 'manual');
  await scheduler.ask(acme, 'manual');
  expect(sent).toMatchObject([{}, { tenantId: 'id-acme', trigger: 'manual', dueAt: NOON }]);
});

test('a run is cancelled in this process at once, and where it is in another through the queue', async () => {
  const { queue, underWay } = openQueue();
  const here = new Set(['id-here']);
  const { scheduler, add } = await openProcess(await temporaryFolder(), fakeClock({ now: NOON }), queue, {
    cancelHere: (tenantId) => here.delete(tenantId),
  });
  for (const id of ['id-here', 'id-elsewhere']) underWay.add(id);
  const cancelled: boolean[] = [];
  for (const name of ['here', 'elsewhere', 'nowhere'])
    cancelled.push(await scheduler.cancel(await add(name)));
  expect(cancelled).toEqual([true, true, false]);
  // The queue would say that of a run here only seconds later.
  expect([...underWay]).toEqual(['id-here']);
});
