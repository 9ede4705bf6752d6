import { expect, test, vi } from 'vitest';
import { ownPostgres } from '../../support/postgres';
import { openMachines, runsOf } from './start-machines';

const SOON = { timeout: 90_000, interval: 200 };

test('PostgreSQL restarts, and stops for three seconds, while a run is under way: no process dies, and the run resumes', async () => {
  const postgres = await ownPostgres();
  const { start, sandboxes } = await openMachines({
    url: postgres.url,
    tenants: { acme: 6_000, beta: 10 },
    schedule: '*/10 * * * * *',
  });
  const sandbox = sandboxes.get('acme');
  if (!sandbox) throw new Error('no sandbox');
  sandbox.segment.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'delay', ms: 700 } });
  const machines = await Promise.all([start('web'), start('worker'), start('worker')]);
  const [web] = machines;
  if (!web) throw new Error('no web process');
  const goesOn = async () => {
    const sent = sandbox.segment.requests;
    await vi.waitFor(() => expect(sandbox.segment.requests).toBeGreaterThan(sent + 1), SOON);
  };
  await goesOn();

  await postgres.stop();
  await postgres.start();
  await goesOn();

  await postgres.stop();
  const stoppedAt = Date.now();
  await vi.waitFor(() => expect(Date.now() - stoppedAt).toBeGreaterThan(3_000), { timeout: 15_000 });
  await postgres.start();
  await goesOn();

  sandbox.segment.faults.clear();
  await vi.waitFor(async () => {
    const { runs } = await runsOf(web.url, 'acme');
    expect(runs[0]).toMatchObject({ result: 'Succeeded', outcome: 'Nothing new' });
  }, SOON);
  const ids = sandbox.segment.ids('track');
  expect(ids.size).toBe(sandbox.segment.tracks().length);
  // Of each run that was cut off, the batch that was in flight may come twice.
  expect([...ids.values()].filter((times) => times > 1).length).toBeLessThanOrEqual(200);

  // All of it said, none of it fatal, and each process ends as it is told to.
  for (const machine of machines) {
    expect(machine.child.exitCode).toBeNull();
    expect(machine.out()).not.toContain(new URL(postgres.url).password);
    expect(machine.err()).toBe('');
    expect(machine.out()).toContain('no server answers at its address (ECONNREFUSED)');
    // Each process says each trouble once a minute, not each time that it meets it.
    expect(machine.out().match(/The queue of runs has trouble/g)?.length).toBeLessThan(6);
    expect(machine.out()).not.toContain('[object');
  }
  expect(await Promise.all(machines.map((machine) => machine.stop()))).toEqual([0, 0, 0]);
}, 240_000);
