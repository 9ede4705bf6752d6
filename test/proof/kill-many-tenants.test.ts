import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Libsql from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { seededRandom } from '../../server/sandbox/tenant/ids';
import { dashboardClient } from '../server/cli/dashboard-client';
import { startProcess } from '../server/cli/start-process';
import { openTestHost } from '../server/runs/open-test-host';
import { declarationsOf, startTenants } from '../support/start-tenants';
import { temporaryFolder } from '../support/temporary-folder';

const KILLS = Number(process.env.TENANT_KILLS ?? 100);
const SEED = Number(process.env.SEED ?? 20_260_101);
const TENANTS = 20;
/** Few, so that a kill leaves most tenants free: whose run was killed waits until its lease has expired. */
const RUNS_AT_ONCE = '3';
/** A process is killed within this of its Dashboard being open. */
const LONGEST_LIFE_MS = 2_500;
/** Every so often one is killed within this of its start. */
const LONGEST_LOAD_MS = 1_000;
const EARLY = 5;
/** Milliseconds in which what was left by the kills must be exported. */
const REST_MS = 120_000;

test(`killed at ${KILLS} random moments while ${TENANTS} tenants export: no log is lost or doubled, no tenant or setting is lost`, async () => {
  const world = await startTenants({
    count: TENANTS,
    logs: (index) => generateLogs({ count: 400, users: 40, seed: SEED + index }),
    latencyMs: 10,
  });
  onTestFinished(() => world.close());
  const folder = await temporaryFolder();
  // Only looks, beside whoever is killed.
  const { host } = await openTestHost({ folder: join(folder, 'data') });
  for (const { name, settings } of declarationsOf(world)) {
    const input = { settings: { ...settings, BATCH_SIZE: '10' }, schedule: '* * * * * *', timeZone: 'UTC' };
    await host.registry.add(name, input, { mayReference: true });
  }
  const tenantOf = (number: number) => world.tenants[number % TENANTS]?.name ?? '';

  /** What may be on disk: what was acknowledged last, or what was under way when the kill came. */
  const possible = new Map(world.tenants.map(({ name }) => [name, ['10']]));
  /** Runs that were under way when a kill came, by the id of their lease. */
  const struck = new Map<string, string>();
  let saved = 0;

  /** Changes a setting of one tenant after the other until the process is gone. */
  const saveSettings = async (url: string) => {
    const client = await dashboardClient(url).catch(() => undefined);
    for (;;) {
      const name = tenantOf(saved);
      const next = String(5 + (saved % 20));
      possible.set(name, [...(possible.get(name) ?? []), next]);
      const body = { settings: { BATCH_SIZE: next } };
      const status = await client?.post(`/api/tenants/${name}/settings`, body).catch(() => 0);
      if (status !== 204) return;
      possible.set(name, [next]);
      saved += 1;
    }
  };

  for (let kill = 1; kill <= KILLS; kill += 1) {
    const { child, exit, prints } = await startProcess(['start'], {
      folder,
      env: { MAX_CONCURRENT_RUNS: RUNS_AT_ONCE },
    });
    let saving: Promise<void> | undefined;
    if (kill % EARLY === 0) {
      await delay(seededRandom(SEED, kill, 1) * LONGEST_LOAD_MS);
    } else {
      const [, url = ''] = await prints(/Dashboard +(http:\S+)/);
      for (const { sandbox } of world.tenants)
        sandbox.addLogs([{ type: 's' }, { type: 'ss' }, { type: 'f' }]);
      saving = saveSettings(url);
      await delay(seededRandom(SEED, kill, 2) * LONGEST_LIFE_MS);
    }
    child.kill('SIGKILL');
    await exit;
    await saving;

    const standings = await host.overview.standings();
    expect(standings.map(({ tenant }) => tenant.name)).toEqual(world.tenants.map(({ name }) => name));
    for (const { tenant, state } of standings) {
      const batchSize = tenant.settings.BATCH_SIZE ?? '';
      expect(possible.get(tenant.name)).toContain(batchSize);
      possible.set(tenant.name, [batchSize]);
      if (state.lease) struck.set(state.lease.owner, tenant.name);
    }
  }

  const last = await startProcess(['start'], { folder });
  await expect.poll(() => world.gaps().lost, { timeout: REST_MS, interval: 500 }).toEqual([]);
  // Each run that a kill has struck says so in the history of its tenant, once the next one has begun.
  const forgotten = async () => {
    const missing: string[] = [];
    for (const { tenant } of await host.overview.standings()) {
      const { runs } = await host
        .storeOf(tenant)
        .history.list({ offset: 0, limit: 10_000, failedOnly: true });
      for (const [owner, name] of struck) {
        const run = runs.find(({ id }) => id === owner);
        if (name === tenant.name && !run?.error?.message.includes('was cut off before its end')) {
          missing.push(`${owner} of ${name}`);
        }
      }
    }
    return missing;
  };
  await expect.poll(forgotten, { timeout: REST_MS, interval: 500 }).toEqual([]);
  last.child.kill('SIGTERM');
  expect(await last.exit, last.err()).toBe(0);
  expect(world.gaps().unknown).toEqual([]);
  const database = new Libsql(join(folder, 'data', 'exporter.db'));
  expect(database.pragma('integrity_check')).toEqual([expect.objectContaining({ integrity_check: 'ok' })]);
  database.close();

  const tracks = world.segment.ids('track');
  const arrivals = [...tracks.values()].reduce((sum, times) => sum + times, 0);
  console.log(
    `seed ${SEED}: ${KILLS} kills struck ${struck.size} runs of ${TENANTS} tenants, between ${saved} saved settings; ${tracks.size} logs, lost 0, doubled after deduplication 0 (${arrivals - tracks.size} arrived again and were recognised by their messageId)`,
  );
  expect(struck.size).toBeGreaterThan(KILLS / 4);
}, 1_800_000);
