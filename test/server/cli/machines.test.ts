import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../../server/database/open-database';
import { createTriggerTokens } from '../../../server/log-streams/trigger-tokens';
import { systemClock } from '../../../src/time';
import { openTestPostgres } from '../../support/postgres';
import { dashboardClient } from './dashboard-client';
import { doubled, openMachines, runNow, runsOf, slowDown, tenantsOf } from './start-machines';

const SOON = { timeout: 60_000, interval: 100 };

/** Reads a stream of events; returns what has come so far. */
function watch(url: string, signal: AbortSignal): () => string {
  let text = '';
  const read = async () => {
    const { body } = await fetch(url, { signal });
    if (!body) return;
    for await (const part of body.pipeThrough(new TextDecoderStream())) text += part;
  };
  // It ends with the signal.
  read().catch(() => {});
  return () => text;
}

/** Texts of the metrics that belong to the queue. */
const metricsOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** A web process, and a worker in the middle of a run of so many logs of acme. */
async function startLongRun(logs: number) {
  // A second tenant, because an only one would run at each start of a process.
  const { start, sandboxes } = await openMachines({ tenants: { acme: logs, beta: 10 } });
  const sandbox = slowDown(sandboxes.get('acme'));
  const [web, worker] = await Promise.all([start('web'), start('worker')]);
  await vi.waitFor(() => expect(sandbox.segment.requests).toBeGreaterThan(1), SOON);
  return { start, sandbox, web, worker };
}

test('two workers and a web process run each tenant once, and what is asked for on the web runs on a worker', async () => {
  const tenants = { acme: 300, beta: 300, gamma: 300, delta: 300, epsilon: 300 };
  const { start, sandboxes, url } = await openMachines({ tenants });
  const machines = await Promise.all([start('web'), start('worker'), start('worker')]);
  const [web, ...workers] = machines;
  if (!web) throw new Error('no web process');

  await vi.waitFor(async () => {
    const list = await tenantsOf(web.url);
    expect(list.tenants.map(({ lastRun }) => lastRun?.failed)).toEqual([false, false, false, false, false]);
  }, SOON);
  for (const name of Object.keys(tenants)) {
    expect((await runsOf(web.url, name)).total).toBe(1);
    expect(
      [...(sandboxes.get(name)?.segment.ids('track').values() ?? [])].every((times) => times === 1),
    ).toBe(true);
  }
  const watching = new AbortController();
  onTestFinished(() => watching.abort());
  const live = watch(`${web.url}/api/live?tenant=acme`, watching.signal);
  await vi.waitFor(() => expect(live()).toContain('retry:'), SOON);
  expect(await runNow(web.url, 'acme')).toBe(204);
  await vi.waitFor(async () => expect(await runsOf(web.url, 'acme')).toMatchObject({ total: 2 }), SOON);
  const [newest] = (await runsOf(web.url, 'acme')).runs;
  expect(newest).toMatchObject({ trigger: 'manual', result: 'Succeeded' });

  await vi.waitFor(
    () => expect(live()).toContain(`"kind":"end","tenant":"acme","run":"${newest?.id}"`),
    SOON,
  );
  expect(live()).toContain(`"kind":"line","tenant":"acme","run":"${newest?.id}"`);
  expect(live()).toMatch(/^id: shared\.\d+$/m);

  // Where it ran is said by the output of each.
  const ran = workers.map(
    (worker) => worker.out().match(/^\d\d:\d\d:\d\d .*(acme|beta|gamma|delta|epsilon)/gm) ?? [],
  );
  expect(ran.flat()).toHaveLength(6);
  expect(web.out()).not.toMatch(/^\d\d:\d\d:\d\d .*(acme|beta|gamma|delta|epsilon)/m);

  for (const worker of workers) {
    expect((await fetch(`${worker.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${worker.url}/api/tenants`)).status).toBe(404);
    expect((await fetch(worker.url)).status).toBe(404);
  }
  await vi.waitFor(async () => {
    const metrics = await metricsOf(web.url);
    expect(metrics).toContain('logs_to_segment_queue_waiting 0');
    expect(metrics).toContain('logs_to_segment_processes{role="worker"} 2');
    expect(metrics).toContain('logs_to_segment_processes{role="web"} 1');
  }, SOON);
  const measured = await metricsOf(web.url);
  const asked = (await readFile('deploy/monitoring/alerts.yaml', 'utf8')).match(/logs_to_segment_\w+/g) ?? [];
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((metric) => !measured.includes(`# TYPE ${metric} `))).toEqual([]);
  expect(await Promise.all(machines.map((machine) => machine.stop()))).toEqual([0, 0, 0]);
  for (const machine of machines) {
    expect(machine.err()).toBe('');
    expect(machine.out()).not.toContain(new URL(url).password);
  }
}, 120_000);

/** Makes the token of a tenant's log stream, as another process beside those that run. */
async function makeToken(url: string, name: string): Promise<string> {
  const database = await openDatabase({ folder: '', url, clock: systemClock });
  try {
    const tenant = await database.tenants.find(name);
    return await createTriggerTokens(database.logStreams).rotate(tenant?.id ?? '');
  } finally {
    await database.close();
  }
}

test('a log stream that posts to a web process has a worker run, within seconds', async () => {
  const { start, sandboxes, url } = await openMachines({ tenants: { acme: 50 } });
  // One after the other: the only tenant runs at each start, and what both ask for before a worker is there is one run.
  const web = await start('web');
  const worker = await start('worker');
  await vi.waitFor(async () => expect(await runsOf(web.url, 'acme')).toMatchObject({ total: 1 }), SOON);
  const authorization = `Bearer ${await makeToken(url, 'acme')}`;
  const sandbox = sandboxes.get('acme');
  const log = sandbox?.tenant.addLog({
    type: 's',
    user_id: [...sandbox.tenant.selectedLogs()].at(-1)?.user_id ?? '',
  });
  const postedAt = Date.now();
  const post = await fetch(`${web.url}/log-streams/acme`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify([{ log_id: log?.log_id, data: log }]),
  });
  expect(post.status).toBe(204);
  await vi.waitFor(async () => expect(await runsOf(web.url, 'acme')).toMatchObject({ total: 2 }), SOON);
  const [newest] = (await runsOf(web.url, 'acme')).runs;
  expect(newest).toMatchObject({ trigger: 'stream', result: 'Succeeded', eventsSent: 1 });
  expect(Date.parse(newest?.start ?? '') - postedAt).toBeLessThan(10_000);
  expect(worker.out()).toMatch(/^\d\d:\d\d:\d\d .*1 log read/m);
  expect(web.out()).not.toMatch(/^\d\d:\d\d:\d\d /m);
  expect(await Promise.all([web.stop(), worker.stop()])).toEqual([0, 0]);
}, 120_000);

test('a worker that is told to stop hands its run over at once', async () => {
  const { start, sandbox, web, worker: first } = await startLongRun(6_000);
  const second = await start('worker');
  expect((await runsOf(web.url, 'acme')).runs).toMatchObject([{ result: 'Running' }]);
  const askedAt = Date.now();
  expect(await first.stop()).toBe(0);
  expect(Date.now() - askedAt).toBeLessThan(9_500);
  const [ended] = (await runsOf(web.url, 'acme')).runs.filter(({ result }) => result !== 'Running');
  await vi.waitFor(
    async () => expect((await runsOf(web.url, 'acme')).runs).toMatchObject([{}, { id: ended?.id }]),
    { timeout: 5_000, interval: 50 },
  );
  sandbox.segment.faults.clear();
  await vi.waitFor(async () => {
    const { runs } = await runsOf(web.url, 'acme');
    expect(runs.map(({ result }) => result)).toEqual(['Succeeded', 'Succeeded']);
  }, SOON);
  expect(doubled(sandbox)).toEqual([]);
  expect(second.out()).toMatch(/acme/);
  expect([first.err(), second.err()]).toEqual(['', '']);
}, 120_000);

test('a run on a worker is cancelled from a web process, recorded so, and begun again by nobody but who asks', async () => {
  const { sandbox, web, worker } = await startLongRun(3_000);
  const client = await dashboardClient(web.url);
  const cancel = () => client.post('/api/tenants/acme/cancel', {});
  const askedAt = Date.now();
  expect(await cancel()).toBe(204);
  // Until it ends there is nothing more to cancel.
  expect(await cancel()).toBe(409);
  await vi.waitFor(async () => {
    const { runs } = await runsOf(web.url, 'acme');
    expect(runs).toMatchObject([{ result: 'Cancelled', trigger: 'schedule' }]);
  }, SOON);
  expect(Date.now() - askedAt).toBeLessThan(10_000);
  expect(await metricsOf(web.url)).toMatch(/^logs_to_segment_queue_waiting 0$/m);
  expect(await cancel()).toBe(409);

  sandbox.segment.faults.clear();
  expect(await runNow(web.url, 'acme')).toBe(204);
  await vi.waitFor(async () => {
    const { runs } = await runsOf(web.url, 'acme');
    expect(runs.map(({ result }) => result)).toEqual(['Succeeded', 'Cancelled']);
  }, SOON);
  expect(doubled(sandbox)).toEqual([]);
  expect([web.err(), worker.err()]).toEqual(['', '']);
}, 120_000);

test('a worker that is killed, and one that stands still past its lease, lose nothing and send nothing twice but what was in flight', async () => {
  const { start, sandbox, web, worker: killed } = await startLongRun(6_000);
  const still = await start('worker');
  killed.child.kill('SIGKILL');
  const killedAt = Date.now();
  await killed.exit;
  await vi.waitFor(
    async () => {
      const { runs } = await runsOf(web.url, 'acme');
      expect(runs).toHaveLength(2);
      expect(runs[1]?.outcome).toContain('was cut off before its end');
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(Date.now() - killedAt).toBeLessThan(20_000);

  const third = await start('worker');
  const sent = sandbox.segment.requests;
  await vi.waitFor(() => expect(sandbox.segment.requests).toBeGreaterThan(sent), SOON);
  still.child.kill('SIGSTOP');
  await vi.waitFor(async () => expect((await runsOf(web.url, 'acme')).runs).toHaveLength(3), SOON);
  still.child.kill('SIGCONT');
  sandbox.segment.faults.clear();
  await vi.waitFor(async () => {
    const { runs } = await runsOf(web.url, 'acme');
    // With a warning, where it says that the one before was cut off.
    expect(runs[0]?.result).toMatch(/^(Succeeded|Warning)$/);
  }, SOON);
  // What a stopped process had sent without hearing the answer is sent again, under the same messageId: a batch each.
  expect(doubled(sandbox).length).toBeLessThanOrEqual(200);
  expect(sandbox.segment.ids('track').size).toBe(sandbox.segment.tracks().length);
  await vi.waitFor(() => expect(still.out()).toMatch(/Another run has taken over/), SOON);
  expect(third.err()).toBe('');
}, 180_000);

test('a worker that has lost TENANTS_FILE leaves what the others declared, and runs it', async () => {
  const { start, command } = await openMachines({ tenants: { acme: 10, beta: 10 } });
  const web = await start('web');
  const lost = await start('worker', undefined, { TENANTS_FILE: '' });
  await vi.waitFor(async () => {
    const { tenants } = await tenantsOf(web.url);
    expect(tenants.map(({ origin, lastRun }) => [origin, lastRun?.failed])).toEqual([
      ['declared', false],
      ['declared', false],
    ]);
  }, SOON);
  expect(lost.out() + lost.err()).toContain('What was declared there stays as it is (2 tenants).');

  const release = await command(['tenants', 'release']);
  expect(await release.exit).toBe(0);
  expect(release.out()).toContain('Released 2 tenants: acme, beta.');
  expect((await tenantsOf(web.url)).tenants.map(({ origin }) => origin)).toEqual(['stored', 'stored']);
  expect(await Promise.all([web.stop(), lost.stop()])).toEqual([0, 0]);
}, 120_000);

/** Of a run: begin it, put it into the queue, take it, run it, and note how it ended: 18, and now and then a look in vain. */
const MOST_STATEMENTS = 20;

// The server of the tests counts them, another one need not.
test.skipIf(process.env.TEST_DATABASE_URL)(
  'a run that finds nothing takes few statements of the database',
  async () => {
    const RUNS = 30;
    const { url, exec } = await openTestPostgres();
    await exec('CREATE EXTENSION pg_stat_statements');
    const names = Array.from({ length: RUNS }, (_, index) => `tenant-${index}`);
    const { start } = await openMachines({
      url,
      tenants: Object.fromEntries(names.map((name) => [name, 1])),
    });
    const worker = await start('worker');
    const numberOf = async (sql: string) => Number((await exec(sql)).rows[0]?.number);
    const runs = () => numberOf('SELECT SUM(runs) AS number FROM auth0_logs_to_segment.runs');
    /** What is asked once or more for each run; what a worker asks now and then, and this test, is not counted. */
    const statements = () =>
      numberOf(`SELECT SUM(calls / ${RUNS}) AS number FROM pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND query NOT LIKE '%SUM(runs) AS number%'`);
    const until = (number: number) => vi.waitFor(async () => expect(await runs()).toBe(number), SOON);
    await until(RUNS);

    await exec('SELECT pg_stat_statements_reset()');
    await exec('UPDATE auth0_logs_to_segment.tenants SET due_at = 1');
    await until(2 * RUNS);
    expect(await statements()).toBeLessThanOrEqual(MOST_STATEMENTS);
    expect(await worker.stop()).toBe(0);
  },
  120_000,
);
