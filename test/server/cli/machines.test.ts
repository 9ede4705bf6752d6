import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../../server/database/open-database';
import { MIGRATIONS, type Migration, SCHEMA } from '../../../server/database/postgres/schema';
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

test('two workers and a web process run each tenant once, and what is asked for on the web runs on a worker', async () => {
  const { url } = await openTestPostgres();
  const tenants = { acme: 300, beta: 300, gamma: 300, delta: 300, epsilon: 300 };
  const { start, sandboxes } = await openMachines({ url, tenants });
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
  const { url } = await openTestPostgres();
  const { start, sandboxes } = await openMachines({ url, tenants: { acme: 50 } });
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
  const { url } = await openTestPostgres();
  // A second tenant, because an only one would run at each start of a process.
  const { start, sandboxes } = await openMachines({ url, tenants: { acme: 6_000, beta: 10 } });
  const sandbox = slowDown(sandboxes.get('acme'));
  const [web, first] = await Promise.all([start('web'), start('worker')]);
  await vi.waitFor(() => expect(sandbox.segment.requests).toBeGreaterThan(1), SOON);
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
  const { url } = await openTestPostgres();
  const { start, sandboxes } = await openMachines({ url, tenants: { acme: 3_000, beta: 10 } });
  const sandbox = slowDown(sandboxes.get('acme'));
  const [web, worker] = await Promise.all([start('web'), start('worker')]);
  await vi.waitFor(() => expect(sandbox.segment.requests).toBeGreaterThan(1), SOON);
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
  const { url } = await openTestPostgres();
  const { start, sandboxes } = await openMachines({ url, tenants: { acme: 6_000, beta: 10 } });
  const sandbox = slowDown(sandboxes.get('acme'));
  const [web, killed] = await Promise.all([start('web'), start('worker')]);
  await vi.waitFor(() => expect(sandbox.segment.requests).toBeGreaterThan(1), SOON);
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

/** A step that adds something to each table, as rows of older programs can go without it. */
const additive: Migration = {
  oldestReader: MIGRATIONS.length,
  sql: ['meta', 'tenants', 'run_stores', 'runs', 'run_notes', 'workers', 'live_events', 'log_streams']
    .map((table) => `ALTER TABLE ${SCHEMA}.${table} ADD COLUMN added text NOT NULL DEFAULT 'by the newer'`)
    .join(';'),
};

/** A step after that one, which older programs would damage. */
const incompatible: Migration = {
  oldestReader: MIGRATIONS.length + 2,
  sql: `ALTER TABLE ${SCHEMA}.meta ADD COLUMN checked text NOT NULL DEFAULT ''`,
};

/** The version of the schema. */
const versionOf = async ({ exec }: TestDatabase): Promise<unknown> =>
  (await exec(`SELECT MAX(version) AS version FROM ${SCHEMA}.schema_versions`)).rows[0].version;

/** Tenants, and the runs of one that have ended, without what a newer version has added to their rows. */
async function keptOf({ exec }: TestDatabase, tenant: string): Promise<unknown> {
  const { rows } = await exec(
    `SELECT to_jsonb(tenant) - 'added' AS tenant, to_jsonb(store) - 'added' AS store,
       to_jsonb(ended) - 'added' AS ended, to_jsonb(note) - 'added' AS note
     FROM ${SCHEMA}.tenants AS tenant JOIN ${SCHEMA}.run_stores AS store ON tenant_id = tenant.id
       JOIN ${SCHEMA}.runs AS ended ON ended.store_id = store.id
       JOIN ${SCHEMA}.run_notes AS note USING (run_id) WHERE tenant.name = '${tenant}'`,
  );
  expect(rows).not.toEqual([]);
  return rows;
}

/** Names of the tenants whose runs a process has begun and not ended, by its own word. */
async function tenantsAt({ exec }: TestDatabase, { child: { pid } }: Machine): Promise<unknown[]> {
  const { rows } = await exec(
    `SELECT tenant FROM ${SCHEMA}.live_events JOIN ${SCHEMA}.workers ON workers.id = worker
     WHERE pid = ${pid} GROUP BY tenant
     HAVING COUNT(*) FILTER (WHERE kind = 'begin') > COUNT(*) FILTER (WHERE kind = 'end') ORDER BY tenant`,
  );
  return rows.map(({ tenant }) => tenant);
}

test('a newer version migrates beside an older one that is exporting, both export, everything once, and the older one is replaced', async () => {
  const database = await openTestPostgres();
  const { start, run, sandboxes } = await openMachines({
    url: database.url,
    tenants: { acme: 10, beta: 10, gamma: 10, delta: 10 },
    env: { MAX_CONCURRENT_RUNS: '2' },
  });
  const sandboxOf = (name: string): Sandbox => {
    const sandbox = sandboxes.get(name);
    if (!sandbox) throw new Error(`no sandbox of ${name}`);
    return sandbox;
  };
  /** Gives tenants so many logs each, which are exported slowly, and has them run. */
  const give = async (logs: Readonly<Record<string, number>>) => {
    for (const [name, count] of Object.entries(logs)) {
      slowDown(sandboxOf(name), 1_500).tenant.addLogs(Array.from({ length: count }, () => ({ type: 's' })));
    }
    const names = Object.keys(logs).map((name) => `'${name}'`);
    await database.exec(
      `UPDATE ${SCHEMA}.tenants SET due_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
       WHERE name IN (${names})`,
    );
  };
  const allOf = (name: string) => expect(deliveryGaps(sandboxOf(name))).toEqual({ lost: [], unknown: [] });
  const finish = async (name: string) => {
    sandboxOf(name).segment.faults.clear();
    await vi.waitFor(() => allOf(name), SOON);
  };
  const goesOn = async (...names: string[]) => {
    const sent = names.map((name) => sandboxOf(name).segment.requests);
    await vi.waitFor(() => {
      for (const [index, name] of names.entries())
        expect(sandboxOf(name).segment.requests).toBeGreaterThan((sent[index] ?? 0) + 1);
    }, SOON);
  };
  const runs = (machine: Machine, ...names: string[]) =>
    vi.waitFor(async () => expect(await tenantsAt(database, machine)).toEqual(names), SOON);

  const [old, newer, newest] = await Promise.all([
    start('worker'),
    buildNewer('newer-cli', [additive]),
    buildNewer('newest-cli', [additive, incompatible]),
  ]);
  for (const name of sandboxes.keys()) await vi.waitFor(() => allOf(name), SOON);
  await runs(old);
  const kept = [await keptOf(database, 'beta'), await keptOf(database, 'delta')];
  await give({ acme: 2_000, gamma: 6_000 });
  await runs(old, 'acme', 'gamma');

  const beside = await start('worker', newer);
  expect(await versionOf(database)).toBe(MIGRATIONS.length + 1);
  expect([await keptOf(database, 'beta'), await keptOf(database, 'delta')]).toEqual(kept);
  // The older one has no free place.
  await give({ beta: 2_000, delta: 2_000 });
  await runs(beside, 'beta', 'delta');
  await goesOn('acme', 'beta', 'gamma', 'delta');
  // It begins runs, too.
  await finish('acme');
  await runs(old, 'gamma');
  await give({ acme: 200 });
  await finish('acme');
  expect(beside.out()).not.toMatch(/^\d\d:\d\d:\d\d .*acme/m);
  await finish('beta');
  await finish('delta');

  expect(await old.stop()).toBe(0);
  await runs(beside, 'gamma');
  await finish('gamma');
  await runs(beside);
  for (const sandbox of sandboxes.values()) expect(doubled(sandbox)).toEqual([]);

  // A process of the older version that is started again goes on, as long as it may.
  expect(await (await start('worker')).stop()).toBe(0);
  expect(await (await run(['database', 'migrate'], newest)).exit).toBe(0);
  const refused = await run(['start', '--role', 'worker']);
  expect(await refused.exit).toBe(78);
  expect(refused.err()).toContain(
    `is of version ${MIGRATIONS.length + 2}, which a newer version of this program has made and which only programs that know version ${MIGRATIONS.length + 2} may use; this one knows version ${MIGRATIONS.length} at most. Start the newer program instead.`,
  );
  expect(await beside.stop()).toBe(0);
  expect([old.err(), beside.err()]).toEqual(['', '']);
}, 240_000);
