import { expect, test } from 'vitest';
import { ownPostgres } from '../../support/postgres';
import { openMachines, runsOf, SELDOM, slowDown } from './start-machines';

test('workers and web servers survive a restart and an outage of PostgreSQL, and resume the run', async () => {
  const postgres = await ownPostgres();
  const { start, startProcess, sandboxes } = await openMachines({
    url: postgres.url,
    tenants: { acme: 2_000, beta: 10 },
    schedule: '*/10 * * * * *',
  });
  const sandbox = slowDown(sandboxes.get('acme'));
  const machines = await Promise.all([start('web'), start('worker'), startProcess('worker')]);
  const [web] = machines;
  if (!web) throw new Error('no web process');
  const goesOn = async () => {
    const sent = sandbox.segment.requests;
    await expect.poll(() => sandbox.segment.requests).toBeGreaterThan(sent + 1);
  };
  await goesOn();

  await postgres.stop();
  await postgres.start();
  await goesOn();

  await postgres.stop();
  for (const machine of machines) await machine.prints(/no server answers at its address \(ECONNREFUSED\)/);
  await postgres.start();
  await goesOn();

  sandbox.segment.faults.clear();
  await expect
    .poll(async () => (await runsOf(web.url, 'acme')).runs[0], SELDOM)
    .toMatchObject({ result: 'Succeeded', outcome: 'Nothing new' });
  const ids = sandbox.segment.ids('track');
  expect(ids.size).toBe(sandbox.segment.tracks().length);
  // Each run that was cut off may send the batch in flight twice.
  expect([...ids.values()].filter((times) => times > 1).length).toBeLessThanOrEqual(200);

  // Each reports the outage, survives it, and stops when asked to.
  for (const machine of machines) {
    expect(machine.out()).not.toContain(new URL(postgres.url).password);
    expect(machine.err()).toBe('');
    expect(machine.out()).toContain('no server answers at its address (ECONNREFUSED)');
    // Each process says each trouble once a minute, not each time that it meets it.
    expect(machine.out().match(/The queue of runs has trouble/g)?.length).toBeLessThan(6);
    expect(machine.out()).not.toContain('[object');
  }
  expect(await Promise.all(machines.map((machine) => machine.stop()))).toEqual([0, 0, 0]);
});
