import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Libsql from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { LEASE_MS } from '../../src/storage/lease';
import { startProcess } from '../server/cli/start-process';
import { openTestHost } from '../server/runs/open-test-host';
import { declarationsOf, startTenants, writeTenantsFile } from '../support/start-tenants';
import { temporaryFolder } from '../support/temporary-folder';

/** How long the first process is stopped: longer than its leases are held. */
const STOPPED_MS = Number(process.env.STOPPED_SECONDS ?? 20) * 1000;
const TENANTS = 4;
const LOGS = 3_000;
const BATCH_SIZE = 20;
/** Of a run: one is being delivered while the checkpoint after the one before is being saved. */
const MOST_BATCHES_IN_FLIGHT = 2;
const MOST_IN_FLIGHT = TENANTS * MOST_BATCHES_IN_FLIGHT * BATCH_SIZE;
/** What a busy machine may add to the time in which a run is taken over. */
const SLACK_MS = 10_000;

test(`a process is stopped for ${STOPPED_MS / 1000} s in the middle of its exports and then continued: another takes over, nothing is exported by both but what was in flight, no due run is begun twice, and both say so`, async () => {
  const world = await startTenants({
    count: TENANTS,
    logs: (index) => generateLogs({ count: LOGS, users: 40, seed: index }),
    latencyMs: 50,
  });
  onTestFinished(() => world.close());
  const folder = await temporaryFolder();
  const file = join(folder, 'tenants.yaml');
  const declared = declarationsOf(world).map(({ name, settings }) => ({
    name,
    settings: { ...settings, BATCH_SIZE: String(BATCH_SIZE) },
  }));
  await writeTenantsFile(file, declared, '*/2 * * * * *');
  const { host } = await openTestHost({ folder: join(folder, 'data') });
  const env = { TENANTS_FILE: file };
  const owners = async () =>
    (await host.overview.standings()).map(({ tenant, state }) => ({
      tenant: tenant.name,
      owner: state.lease?.owner,
      progress: state.lease?.progress.batches ?? 0,
    }));
  const arrivals = () => [...world.segment.ids('track').values()].reduce((sum, times) => sum + times, 0);
  const doubled = () => arrivals() - world.segment.ids('track').size;

  const first = await startProcess(['start'], { folder, env });
  await expect
    .poll(async () => (await owners()).filter(({ progress }) => progress > 2).length, {
      timeout: 30_000,
      interval: 20,
    })
    .toBe(TENANTS);
  first.child.kill('SIGSTOP');
  const stoppedAt = performance.now();
  const stopped = await owners();
  expect(stopped.every(({ owner }) => owner !== undefined)).toBe(true);

  const second = await startProcess(['start'], { folder, env });
  await second.prints(/Ctrl-C stops/);
  // A run may watch an expired lease for as long again as it lasts.
  const isTakenOver = async () => {
    const now = await owners();
    return now.every(({ owner }, index) => owner !== stopped[index]?.owner);
  };
  await expect.poll(isTakenOver, { timeout: 2 * LEASE_MS + SLACK_MS, interval: 50 }).toBe(true);
  const takenOverMs = performance.now() - stoppedAt;
  await expect.poll(() => world.gaps().lost, { timeout: 120_000, interval: 200 }).toEqual([]);
  await delay(Math.max(0, STOPPED_MS - (performance.now() - stoppedAt)));
  const inFlight = doubled();

  const before = arrivals();
  first.child.kill('SIGCONT');
  await expect
    .poll(first.out, { timeout: 30_000 })
    .toMatch(new RegExp(`(tenant-\\d+ .*stood still[\\s\\S]*){${TENANTS}}`));
  const afterwards = arrivals() - before;
  expect(inFlight + afterwards).toBeLessThanOrEqual(MOST_IN_FLIGHT);

  // From now on both keep the schedules of the same tenants.
  for (let round = 0; round < 5; round += 1) {
    for (const { sandbox } of world.tenants) sandbox.addLogs([{ type: 's' }, { type: 'f' }]);
    await expect.poll(() => world.gaps().lost, { timeout: 30_000, interval: 100 }).toEqual([]);
  }
  for (const { child, exit, err } of [first, second]) {
    child.kill('SIGTERM');
    expect(await exit, err()).toBe(0);
  }

  expect(world.gaps()).toEqual({ lost: [], unknown: [] });
  expect(doubled()).toBe(inFlight + afterwards);
  for (const { tenant } of await host.overview.standings()) {
    const { runs } = await host.storeOf(tenant).history.list({ offset: 0, limit: 1_000 });
    const messages = runs.map(({ error }) => error?.message ?? '').join('\n');
    // The second process says of the first's run that it was cut off; the first, that it stood still.
    expect(messages).toContain('was cut off before its end');
  }
  const database = new Libsql(join(folder, 'data', 'exporter.db'));
  const begunTwice = database
    .prepare('SELECT store_id, due_at FROM run_notes GROUP BY store_id, due_at HAVING COUNT(*) > 1')
    .all({});
  database.close();
  expect(begunTwice).toEqual([]);
  console.log(
    `stopped for ${STOPPED_MS / 1000} s: taken over after ${(takenOverMs / 1000).toFixed(1)} s; ${inFlight} tracks of ${TENANTS} runs were in flight, ${afterwards} left after the process was continued; ${world.segment.ids('track').size} logs, each counted once`,
  );
}, 300_000);
