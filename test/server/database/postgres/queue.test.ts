import { PgBoss } from 'pg-boss';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openPostgres } from '../../../../server/database/postgres/open-postgres';
import { openQueue } from '../../../../server/database/postgres/queue';
import type { RunRequest } from '../../../../server/runs/run-queue';
import { systemClock } from '../../../../src/time';
import { startCuttingProxy } from '../../../postgres/cutting-proxy';
import { openTestPostgres } from '../../../support/postgres';
import { makeTenant } from '../open-test-database';
import { openTestQueue } from './open-test-queue';

/** Ends with the test's own limit. */
const SOON = { timeout: 120_000, interval: 50 };
const DUE_AT = Date.parse('2026-03-01T12:00:00Z');

const requestOf = (tenant: string): RunRequest => ({
  tenantId: `id-${tenant}`,
  tenant,
  trigger: 'schedule',
  dueAt: DUE_AT,
});

/** Takes runs, each of which goes on until it is ended. */
async function takeRuns({ queue }: Awaited<ReturnType<typeof openTestQueue>>, places = 2) {
  const taken: string[] = [];
  const ends = new Map<string, () => void>();
  await queue.work(places, ({ tenant }) => {
    taken.push(tenant);
    return new Promise((resolve) => {
      ends.set(tenant, resolve);
    });
  });
  return { taken, end: (tenant: string) => ends.get(tenant)?.() };
}

test('of a tenant one run waits and one is under way, whoever asks', async () => {
  const database = await openTestPostgres();
  const here = await openTestQueue(database);
  const there = await openTestQueue(database);
  const { taken, end } = await takeRuns(here);
  expect(await there.queue.send(requestOf('acme'))).toBe(true);
  await vi.waitFor(() => expect(taken).toEqual(['acme']), SOON);
  expect(await here.queue.send(requestOf('acme'))).toBe(true);
  expect(await there.queue.send(requestOf('acme'))).toBe(false);
  expect(await there.queue.send(requestOf('beta'))).toBe(true);
  await vi.waitFor(() => expect(taken).toEqual(['acme', 'beta']), SOON);
  end('acme');
  await vi.waitFor(() => expect(taken).toEqual(['acme', 'beta', 'acme']), SOON);
  end('acme');
  end('beta');
  expect([here.troubles, there.troubles]).toEqual([[], []]);
});

test('a run under way on another machine is cancelled once and told so; one that another takes over is not', async () => {
  const database = await openTestPostgres();
  const here = await openTestQueue(database);
  const there = await openTestQueue(database);
  const taken: string[] = [];
  const reasons: unknown[] = [];
  await there.queue.work(1, ({ tenant }, signal) => {
    taken.push(tenant);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        resolve();
      });
    });
  });
  expect(await here.queue.cancel('id-acme')).toBe(false);
  await here.queue.send(requestOf('acme'));
  await vi.waitFor(() => expect(taken).toEqual(['acme']), SOON);
  expect(await here.queue.cancel('id-beta')).toBe(false);
  expect([await here.queue.cancel('id-acme'), await here.queue.cancel('id-acme')]).toEqual([true, false]);
  await vi.waitFor(() => expect(reasons).toMatchObject([{ code: 'cancelled' }]), SOON);

  await here.queue.send(requestOf('beta'));
  await vi.waitFor(() => expect(taken).toEqual(['acme', 'beta']), SOON);
  await database.exec(
    `UPDATE auth0_logs_to_segment_queue.job SET state = 'failed' WHERE singleton_key = 'id-beta'`,
  );
  await vi.waitFor(() => expect(reasons).toHaveLength(2), SOON);
  expect(reasons[1]).not.toMatchObject({ code: 'cancelled' });
});

test('how many wait and are under way is known, and for how long the oldest has waited', async () => {
  const { queue } = await openTestQueue(await openTestPostgres());
  for (const tenant of ['acme', 'beta', 'gamma']) await queue.send(requestOf(tenant));
  await vi.waitFor(
    async () => expect(await queue.depth()).toMatchObject({ waiting: 3, active: 0, dead: 0 }),
    SOON,
  );
  const { end, taken } = await takeRuns({ queue, troubles: [] }, 1);
  await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ waiting: 2, active: 1 }), SOON);
  expect((await queue.depth()).oldestWaitMs).toBeGreaterThan(0);
  for (const tenant of ['acme', 'beta', 'gamma']) {
    await vi.waitFor(() => expect(taken).toContain(tenant), SOON);
    end(tenant);
  }
});

test('as many are under way as there are places, and of free places one asks for runs', async () => {
  const { queue, troubles } = await openTestQueue(await openTestPostgres());
  const asking = vi.spyOn(PgBoss.prototype, 'work');
  const leaving = vi.spyOn(PgBoss.prototype, 'offWork');
  onTestFinished(() => {
    asking.mockRestore();
    leaving.mockRestore();
  });
  // Besides the one for runs that were given up.
  const places = () => asking.mock.calls.length - 1 - leaving.mock.calls.length;
  const names = ['acme', 'beta', 'gamma', 'delta', 'epsilon'];
  const { taken, end } = await takeRuns({ queue, troubles }, 3);
  expect(places()).toBe(1);
  for (const name of names) await queue.send(requestOf(name));
  await vi.waitFor(() => expect(taken).toEqual(names.slice(0, 3)), SOON);
  expect(places()).toBe(3);
  end('acme');
  await vi.waitFor(() => expect(taken).toEqual(names.slice(0, 4)), SOON);
  end('beta');
  await vi.waitFor(() => expect(taken).toEqual(names), SOON);
  for (const name of names) end(name);
  await vi.waitFor(() => expect(places()).toBe(1), SOON);
  await queue.send(requestOf('zeta'));
  await vi.waitFor(() => expect(taken).toContain('zeta'), SOON);
  end('zeta');
  expect(troubles).toEqual([]);
});

test('a run that somebody asked for goes before those that are due', async () => {
  const { queue } = await openTestQueue(await openTestPostgres());
  for (const tenant of ['acme', 'beta']) await queue.send(requestOf(tenant));
  await queue.send({ ...requestOf('gamma'), trigger: 'manual' });
  const { taken, end } = await takeRuns({ queue, troubles: [] }, 1);
  await vi.waitFor(() => expect(taken).toEqual(['gamma']), SOON);
  end('gamma');
  await vi.waitFor(() => expect(taken).toHaveLength(2), SOON);
  end('acme');
  await vi.waitFor(() => expect(taken).toHaveLength(3), SOON);
  end('beta');
});

test('a due time is moved and its run sent, or neither', async () => {
  const database = await openTestPostgres();
  const { queue } = await openTestQueue(database);
  const { claimAnd, tenants, close } = await openPostgres({ url: database.url, clock: systemClock });
  onTestFinished(close);
  const acme = makeTenant('acme', { id: 'id-acme', dueAt: DUE_AT });
  await tenants.add(acme);
  const claim = (fails: boolean) =>
    claimAnd('id-acme', DUE_AT, DUE_AT + 1, async (transaction) => {
      await queue.send(requestOf('acme'), transaction);
      if (fails) throw new Error('cut off in the middle');
    });
  await expect(claim(true)).rejects.toThrow('cut off in the middle');
  expect((await tenants.find('acme'))?.dueAt).toBe(DUE_AT);
  // It would say false where the run had been sent all the same.
  expect(await claim(false)).toBe(true);
  expect((await tenants.find('acme'))?.dueAt).toBe(DUE_AT + 1);
  expect(await claim(false)).toBe(false);
  expect(await queue.send(requestOf('acme'))).toBe(false);
  const [row] = (await database.exec(`SELECT count(*)::int AS jobs FROM auth0_logs_to_segment_queue.job`))
    .rows;
  expect(row).toEqual({ jobs: 1 });
});

test('where the server is gone without a word, runs are taken from the one that is there then', async () => {
  const database = await openTestPostgres();
  const there = await openTestQueue(database);
  const address = new URL(database.url);
  const proxy = await startCuttingProxy(Number(address.port));
  address.port = String(proxy.port);
  const here = await openTestQueue({ url: address.href }, 2_000);
  // Before the queue is closed, which would wait for the lost ones.
  onTestFinished(() => proxy.close());
  const { taken, end } = await takeRuns(here);
  await there.queue.send(requestOf('acme'));
  await vi.waitFor(() => expect(taken).toEqual(['acme']), SOON);
  end('acme');
  await vi.waitFor(async () => expect(await there.queue.depth()).toMatchObject({ active: 0 }), SOON);
  proxy.lose();
  await there.queue.send(requestOf('beta'));
  await vi.waitFor(() => expect(taken).toEqual(['acme', 'beta']), SOON);
  end('beta');
  expect(here.troubles.join('\n')).toContain('its server does not answer in time');
});

test('what is done is soon tidied away', async () => {
  const database = await openTestPostgres();
  const { queue } = await openTestQueue(database);
  const { taken, end } = await takeRuns({ queue, troubles: [] });
  await queue.send(requestOf('acme'));
  await vi.waitFor(() => expect(taken).toEqual(['acme']), SOON);
  end('acme');
  const untidied = `SELECT FROM auth0_logs_to_segment_queue.queue WHERE maintain_on IS NULL`;
  await vi.waitFor(async () => expect((await database.exec(untidied)).rows).toEqual([]), SOON);
  const jobs = async () =>
    (await database.exec(`SELECT state FROM auth0_logs_to_segment_queue.job WHERE name = 'runs'`)).rows;
  await vi.waitFor(async () => expect(await jobs()).toEqual([{ state: 'completed' }]), SOON);
  // As if it had been done, and tidied up, a quarter of an hour ago.
  await database.exec(
    `UPDATE auth0_logs_to_segment_queue.job SET completed_on = completed_on - interval '15 minutes'`,
  );
  await database.exec(
    `UPDATE auth0_logs_to_segment_queue.queue SET maintain_on = maintain_on - interval '15 minutes'`,
  );
  await vi.waitFor(async () => expect(await jobs()).toEqual([]), SOON);
});

test('a run that was given up is said and counted', async () => {
  const database = await openTestPostgres();
  const opened = await openTestQueue(database);
  await takeRuns(opened);
  const boss = new PgBoss({ connectionString: database.url, schema: 'auth0_logs_to_segment_queue' });
  boss.on('error', () => {});
  await boss.start();
  onTestFinished(() => boss.stop());
  await boss.send('dead-runs', requestOf('acme'));
  await vi.waitFor(
    () =>
      expect(opened.troubles).toEqual([
        'A run of tenant acme was given up: 11 workers that had taken it ended before it did. The tenant runs again when it is due; look into the output of the workers for what ended them, such as too little memory.',
      ]),
    SOON,
  );
  await vi.waitFor(async () => expect(await opened.queue.depth()).toMatchObject({ dead: 1 }), SOON);
});

test('a database that is not there, or that the user may not make a schema in, is said with its remedy', async () => {
  await expect(
    openQueue({
      url: 'postgres://exporter:secret@127.0.0.1:1/none',
      onTrouble: () => {},
      monotonic: systemClock.monotonic,
    }),
  ).rejects.toThrow('no server answers at its address (ECONNREFUSED)');

  const { url, exec } = await openTestPostgres();
  const user = `u_${new URL(url).pathname.slice(1)}`;
  await exec(`CREATE ROLE ${user} LOGIN PASSWORD 'secret'`);
  onTestFinished(async () => {
    await exec(`DROP ROLE ${user}`);
  });
  const address = new URL(url);
  address.username = user;
  address.password = 'secret';
  const opening = openQueue({
    url: address.href,
    onTrouble: () => {},
    monotonic: systemClock.monotonic,
  });
  await expect(opening).rejects.toThrow(/may not|right/);
  await opening.catch((error: unknown) => expect(String(error)).not.toContain('secret'));
});
