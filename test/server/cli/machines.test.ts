import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../server/database/open-database';
import { createTriggerTokens } from '../../../server/log-streams/trigger-tokens';
import { systemClock } from '../../../src/time';
import { openTestPostgres } from '../../support/postgres';
import { dashboardClient } from './dashboard-client';
import { doubled, openMachines, runNow, runsOf, SELDOM, slowDown, tenantsOf } from './start-machines';

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

/** Reads the metrics. */
const metricsOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** A process that sends no heartbeat for this long loses its run. */
const HEARTBEAT_MS = 10_000;
const TAKEN_OVER_WITHIN_MS = 20_000;

/** Returns a function that reads the results of the runs of acme, the newest first. */
const resultsOf = (url: string) => async () => (await runsOf(url, 'acme')).runs.map(({ result }) => result);

/** Starts a web server, and prepares a long run of so many logs of acme. */
async function openLongRun(logs: number) {
  // A second tenant, because an only one would run at each start of a process.
  const { start, startProcess, sandboxes } = await openMachines({ tenants: { acme: logs, beta: 10 } });
  const sandbox = slowDown(sandboxes.get('acme'));
  const isUnderWay = () => expect.poll(() => sandbox.segment.requests).toBeGreaterThan(1);
  return { start, startProcess, sandbox, web: await start('web'), isUnderWay };
}

test('two workers and a web server run each tenant once, and a run triggered on the web server runs on a worker', async () => {
  const tenants = { acme: 300, beta: 300, gamma: 300, delta: 300, epsilon: 300 };
  const { start, sandboxes, url } = await openMachines({ tenants });
  const machines = await Promise.all([start('web'), start('worker'), start('worker')]);
  const [web, ...workers] = machines;
  if (!web) throw new Error('no web process');

  const lastResults = async () => (await tenantsOf(web.url)).tenants.map(({ lastRun }) => lastRun?.failed);
  await expect.poll(lastResults, SELDOM).toEqual([false, false, false, false, false]);
  for (const name of Object.keys(tenants)) {
    expect((await runsOf(web.url, name)).total).toBe(1);
    expect(
      [...(sandboxes.get(name)?.segment.ids('track').values() ?? [])].every((times) => times === 1),
    ).toBe(true);
  }
  const watching = new AbortController();
  onTestFinished(() => watching.abort());
  const live = watch(`${web.url}/api/live?tenant=acme`, watching.signal);
  await expect.poll(live).toContain('retry:');
  expect(await runNow(web.url, 'acme')).toBe(204);
  await expect.poll(() => runsOf(web.url, 'acme'), SELDOM).toMatchObject({ total: 2 });
  const [newest] = (await runsOf(web.url, 'acme')).runs;
  expect(newest).toMatchObject({ trigger: 'manual', result: 'Succeeded' });

  await expect.poll(live).toContain(`"kind":"end","tenant":"acme","run":"${newest?.id}"`);
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
  const counts = async () =>
    (await metricsOf(web.url)).match(/^logs_to_segment_(?:queue_waiting|processes\b).*$/gm)?.sort();
  await expect
    .poll(counts, SELDOM)
    .toEqual([
      'logs_to_segment_processes{role="web"} 1',
      'logs_to_segment_processes{role="worker"} 2',
      'logs_to_segment_queue_waiting 0',
    ]);
  const measured = await metricsOf(web.url);
  const asked = (await readFile('deploy/monitoring/alerts.yaml', 'utf8')).match(/logs_to_segment_\w+/g) ?? [];
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((metric) => !measured.includes(`# TYPE ${metric} `))).toEqual([]);
  expect(await Promise.all(machines.map((machine) => machine.stop()))).toEqual([0, 0, 0]);
  for (const machine of machines) {
    expect(machine.err()).toBe('');
    expect(machine.out()).not.toContain(new URL(url).password);
  }
});

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

test('a log stream that posts to a web server triggers a run on a worker within seconds', async () => {
  const { start, sandboxes, url } = await openMachines({ tenants: { acme: 50 } });
  // One after the other: the only tenant runs at each start, and what both ask for before a worker is there is one run.
  const web = await start('web');
  const worker = await start('worker');
  await expect.poll(() => runsOf(web.url, 'acme'), SELDOM).toMatchObject({ total: 1 });
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
  await expect.poll(() => runsOf(web.url, 'acme'), SELDOM).toMatchObject({ total: 2 });
  const [newest] = (await runsOf(web.url, 'acme')).runs;
  expect(newest).toMatchObject({ trigger: 'stream', result: 'Succeeded', eventsSent: 1 });
  expect(Date.parse(newest?.start ?? '') - postedAt).toBeLessThan(HEARTBEAT_MS);
  expect(worker.out()).toMatch(/^\d\d:\d\d:\d\d .*1 log read/m);
  expect(web.out()).not.toMatch(/^\d\d:\d\d:\d\d /m);
  expect(await Promise.all([web.stop(), worker.stop()])).toEqual([0, 0]);
});

test('a worker that is asked to stop hands over its run at once', async () => {
  const { start, sandbox, web, isUnderWay } = await openLongRun(2_000);
  const first = await start('worker');
  await isUnderWay();
  const second = await start('worker');
  expect((await runsOf(web.url, 'acme')).runs).toMatchObject([{ result: 'Running' }]);
  expect(await first.stop()).toBe(0);
  const [ended] = (await runsOf(web.url, 'acme')).runs.filter(({ result }) => result !== 'Running');
  await expect
    .poll(async () => (await runsOf(web.url, 'acme')).runs, SELDOM)
    .toMatchObject([{}, { id: ended?.id }]);
  const [next] = (await runsOf(web.url, 'acme')).runs;
  // A run that waits for the lease of the first to expire, or for pg-boss to miss its worker, starts later.
  expect(Date.parse(next?.start ?? '') - Date.parse(ended?.end ?? '')).toBeLessThan(HEARTBEAT_MS);
  sandbox.segment.faults.clear();
  await expect.poll(resultsOf(web.url), SELDOM).toEqual(['Succeeded', 'Succeeded']);
  expect(doubled(sandbox)).toEqual([]);
  expect(second.out()).toMatch(/acme/);
  expect([first.err(), second.err()]).toEqual(['', '']);
});

test('a web server cancels a run on a worker, which is recorded as cancelled and not started again before the next trigger', async () => {
  const { start, sandbox, web, isUnderWay } = await openLongRun(1_500);
  const worker = await start('worker');
  await isUnderWay();
  const client = await dashboardClient(web.url);
  const cancel = () => client.post('/api/tenants/acme/cancel', {});
  expect(await cancel()).toBe(204);
  // Until it ends there is nothing more to cancel.
  expect(await cancel()).toBe(409);
  await expect
    .poll(async () => (await runsOf(web.url, 'acme')).runs, SELDOM)
    .toMatchObject([{ result: 'Cancelled', trigger: 'schedule' }]);
  expect(await metricsOf(web.url)).toMatch(/^logs_to_segment_queue_waiting 0$/m);
  expect(await cancel()).toBe(409);

  sandbox.segment.faults.clear();
  expect(await runNow(web.url, 'acme')).toBe(204);
  await expect.poll(resultsOf(web.url), SELDOM).toEqual(['Succeeded', 'Cancelled']);
  expect(doubled(sandbox)).toEqual([]);
  expect([web.err(), worker.err()]).toEqual(['', '']);
});

test('a worker that is killed, and one that is paused past its lease, lose nothing and resend only the batch in flight', async () => {
  const { start, startProcess, sandbox, web, isUnderWay } = await openLongRun(2_000);
  const killed = await startProcess('worker');
  await isUnderWay();
  const still = await startProcess('worker');
  killed.child.kill('SIGKILL');
  const killedAt = Date.now();
  await killed.exit;
  await expect
    .poll(async () => (await runsOf(web.url, 'acme')).runs, SELDOM)
    .toMatchObject([{}, { outcome: expect.stringContaining('was cut off before its end') }]);
  const [takenOver] = (await runsOf(web.url, 'acme')).runs;
  expect(Date.parse(takenOver?.start ?? '') - killedAt).toBeLessThan(TAKEN_OVER_WITHIN_MS);

  const third = await start('worker');
  const sent = sandbox.segment.requests;
  await expect.poll(() => sandbox.segment.requests).toBeGreaterThan(sent);
  still.child.kill('SIGSTOP');
  await expect.poll(async () => (await runsOf(web.url, 'acme')).runs, SELDOM).toHaveLength(3);
  still.child.kill('SIGCONT');
  sandbox.segment.faults.clear();
  // The warning is about the run that was cut off.
  await expect.poll(async () => (await resultsOf(web.url)())[0], SELDOM).toMatch(/^(Succeeded|Warning)$/);
  // What a stopped process had sent without hearing the answer is sent again, under the same messageId: a batch each.
  expect(doubled(sandbox).length).toBeLessThanOrEqual(200);
  expect(sandbox.segment.ids('track').size).toBe(sandbox.segment.tracks().length);
  await expect.poll(still.out).toMatch(/Another run has taken over/);
  expect(third.err()).toBe('');
});

test('a worker without TENANTS_FILE keeps the declared tenants of the others, and runs them', async () => {
  const { start, command } = await openMachines({ tenants: { acme: 10, beta: 10 } });
  const web = await start('web');
  const lost = await start('worker', { TENANTS_FILE: '' });
  await expect
    .poll(
      async () => (await tenantsOf(web.url)).tenants.map(({ origin, lastRun }) => [origin, lastRun?.failed]),
      SELDOM,
    )
    .toEqual([
      ['declared', false],
      ['declared', false],
    ]);
  expect(lost.out() + lost.err()).toContain('What was declared there stays as it is (2 tenants).');

  const release = await command(['tenants', 'release']);
  expect(release.code).toBe(0);
  expect(release.out).toContain('Released 2 tenants: acme, beta.');
  expect((await tenantsOf(web.url)).tenants.map(({ origin }) => origin)).toEqual(['stored', 'stored']);
  expect(await Promise.all([web.stop(), lost.stop()])).toEqual([0, 0]);
});

/** Of a run: begin it, put it into the queue, take it, run it, and note how it ended: 18, and now and then a look in vain. */
const MOST_STATEMENTS = 20;

// The server of the tests counts them, another one need not.
test.skipIf(process.env.TEST_DATABASE_URL)(
  'a run that finds nothing requires at most 20 statements of the database',
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
    const until = (number: number) => expect.poll(runs, SELDOM).toBe(number);
    await until(RUNS);

    await exec('SELECT pg_stat_statements_reset()');
    await exec('UPDATE auth0_logs_to_segment.tenants SET due_at = 1');
    await until(2 * RUNS);
    expect(await statements()).toBeLessThanOrEqual(MOST_STATEMENTS);
    expect(await worker.stop()).toBe(0);
  },
);
