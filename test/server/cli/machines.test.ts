import { expect, test, vi } from 'vitest';
import { openTestPostgres } from '../../support/postgres';
import { askFor, openMachines, runNow, runsOf, tenantsOf } from './start-machines';

const SOON = { timeout: 60_000, interval: 100 };

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
  expect(await runNow(web.url, 'acme')).toBe(204);
  await vi.waitFor(async () => expect(await runsOf(web.url, 'acme')).toMatchObject({ total: 2 }), SOON);
  const [newest] = (await runsOf(web.url, 'acme')).runs;
  expect(newest).toMatchObject({ trigger: 'manual', result: 'succeeded' });

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

test('a worker that is told to stop hands its run over at once', async () => {
  const { url } = await openTestPostgres();
  const { start, sandboxes } = await openMachines({ url, tenants: { acme: 2_000 } });
  const [web, first] = await Promise.all([start('web'), start('worker')]);
  const sandbox = sandboxes.get('acme');
  if (!sandbox) throw new Error('no sandbox');
  // Slow enough to be told to stop in the middle.
  sandbox.segment.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'delay', ms: 300 } });
  await vi.waitFor(() => expect(sandbox.segment.requests).toBeGreaterThan(1), SOON);
  const second = await start('worker');
  const askedAt = Date.now();
  expect(await first.stop()).toBe(0);
  const stoppedAt = Date.now();
  expect(stoppedAt - askedAt).toBeLessThan(9_500);
  const sent = sandbox.segment.requests;
  await vi.waitFor(() => expect(sandbox.segment.requests).toBeGreaterThan(sent), {
    timeout: 5_000,
    interval: 50,
  });
  await vi.waitFor(async () => {
    const { runs } = await runsOf(web.url, 'acme');
    expect(runs.map(({ result }) => result)).toEqual(['succeeded', 'succeeded']);
  }, SOON);
  expect([...sandbox.segment.ids('track').values()].filter((times) => times > 1)).toEqual([]);
  expect(second.out()).toMatch(/acme/);
  expect(await askFor<object>(web.url, '/healthz')).toMatchObject({ status: 'ok' });
}, 120_000);
