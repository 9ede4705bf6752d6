import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../host/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { dashboardClient } from './dashboard-client';
import { startProcess } from './start-process';

const KILLS = 50;
/** Every fifth is killed while it starts. */
const EARLY = 5;
const LONGEST_LIFE_MS = 600;
/** Runs each second, so that a kill often strikes a run; given inside, so that it must survive too. */
const schedule = { schedule: '* * * * * *', timeZone: 'Europe/Berlin' };

const batchSizes = Array.from({ length: 100 }, (_, n) => String(n + 1));

test(`killed at ${KILLS} random moments: settings, job and history are there each time, no log is lost or doubled`, async () => {
  const folder = await temporaryFolder();
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 500, users: 50 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  // What may be on disk: what was acknowledged last, or what was under way when the kill came.
  let possible = ['100'];
  let isScheduled = false;
  let lastEnded = 0;

  const open = async () => {
    const running = await startProcess(['start'], { env, folder });
    const [, url = ''] = await running.says(/Dashboard +(http:\S+)/);
    const client = await dashboardClient(url);
    const state = await client.state();
    const batchSize = state.fields.find(({ name }) => name === 'BATCH_SIZE')?.value;
    expect(possible).toContain(batchSize);
    possible = [batchSize ?? ''];
    if (isScheduled) {
      expect(state.installed?.job).toMatchObject({
        state: 'active',
        schedule: schedule.schedule,
        tz: schedule.timeZone,
      });
    }
    const ended = state.executions.filter(({ completed_at }) => completed_at !== null).map(({ id }) => id);
    for (let id = Math.max(1, lastEnded - 200); id <= lastEnded; id += 1) expect(ended).toContain(id);
    lastEnded = Math.max(lastEnded, ...ended);
    return { running, client };
  };

  for (let kill = 1; kill <= KILLS; kill += 1) {
    const life = delay(Math.random() * LONGEST_LIFE_MS);
    if (kill % EARLY === 0) {
      const { child, exit } = await startProcess(['start'], { env, folder });
      await delay(Math.random() * 2 * LONGEST_LIFE_MS);
      child.kill('SIGKILL');
      await exit;
      continue;
    }
    const { running, client } = await open();
    if (!isScheduled) isScheduled = (await client.post('/api/job/schedule', schedule)) === 204;
    sandbox.tenant.addLogs(Array.from({ length: 20 }, () => ({ type: 's' })));
    let isHeld = true;
    const saving = (async () => {
      while (isHeld) {
        const next = batchSizes[Math.floor(Math.random() * batchSizes.length)] ?? '1';
        possible = [...possible, next];
        const status = await client.post('/api/settings', { settings: { BATCH_SIZE: next } }).catch(() => 0);
        if (status !== 204) return;
        possible = [next];
      }
    })();
    await life;
    running.child.kill('SIGKILL');
    await running.exit;
    isHeld = false;
    await saving;
  }

  const { running } = await open();
  const files = await readdir(join(folder, 'data'));
  expect(files.filter((name) => /\.json\.\d+$/.test(name)).length).toBeLessThan(3);
  running.child.kill('SIGTERM');
  expect(await running.exit).toBe(0);
  const last = await startProcess(['run', '--drain'], { env, folder });
  expect(await last.exit).toBe(0);
  const expected = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id).length;
  expect(sandbox.segment.ids('track').size).toBe(expected);
}, 300_000);

test('a host that was killed leaves no lock, and its cut-off run is in the history', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 500, users: 50 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  sandbox.tenant.faults.add({ endpoint: 'logs', at: 2, times: 1, fault: { kind: 'hang' } });
  const first = await startProcess(['start'], { env });
  await expect.poll(() => sandbox.tenant.requests.logs, { timeout: 10_000 }).toBeGreaterThan(1);
  first.child.kill('SIGKILL');
  await first.exit;
  const second = await startProcess(['start'], { env, folder: first.folder });
  const [, url = ''] = await second.says(/Dashboard +(http:\S+)[\s\S]*Next run/);
  const { executions } = await (await dashboardClient(url)).state();
  expect(executions.at(-1)).toMatchObject({
    type: 'error',
    outcome: expect.stringContaining('was stopped before'),
  });
  expect(executions.at(-2)).toMatchObject({ type: 'success' });
  expect(second.out()).toMatch(/Slack +1 message[\s\S]*was cut off before its end;\s+this one resumed/);
});
