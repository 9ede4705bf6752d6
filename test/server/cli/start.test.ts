import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { LEASE_MS } from '../../../src/storage/lease';
import { createControlledClock } from '../../support/controlled-clock';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { lookInto } from './look-into';
import { runInProcess, startCommand } from './run-in-process';
import { startProcess } from './start-process';

test('start without credentials runs a sandbox, and prints its first run, the schedule and the Dashboard', async () => {
  const { prints, out, stop, folder } = await startCommand(['start']);
  await prints(/Next run at/);
  for (const line of [
    /Sandbox +an Auth0 tenant with 3,000 logs and 600 users/,
    /Dashboard +http:\/\/localhost:\d+/,
    // And the log of the access token, and what happened meanwhile.
    /Logs read +3,0\d\d\n/,
    /Events sent +Segment accepted 1,[56]\d\d events: 1,3[89]\d Success Login, 1[67]\d Success Signup, [23]\d\s+Failed/,
    /Batches +18/,
    /Users +\d+ looked up/,
    /Requests +\d+: (?=.*\d+ for logs)\d+ for users, .*\d+ to Segment, 1 for a token/,
    /Checkpoint +\d{50,}/,
    /Slack +1 message/,
    // What is typed there works here: the program is not installed by its name.
    /Environment [\s\S]*node \S*\.mjs start\n/,
    /Browser +node \S*\.mjs start --no-sandbox, then open/,
    /kept with it, in \S*sandbox/,
    /Schedule: Every 5 minutes \(0 \*\/5 \* \* \* \*, UTC\)/,
  ]) {
    expect(out()).toMatch(line);
  }
  expect(await stop()).toBe(0);
  const again = await startCommand(['start'], { folder });
  await again.prints(/Logs read +(\d{1,3}|none: nothing was new)\n/);
});

test('start continues on its schedule, and prints the result of each run', async () => {
  const { prints } = await startCommand(['start', '--schedule', '* * * * * *']);
  await prints(/\n\d\d:\d\d:\d\d {2}Succeeded: (nothing new|\d+ logs? read)/);
});

test('start with credentials exports from that tenant', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 200, users: 20 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const { prints, out, folder } = await startCommand(['start'], { env });
  await prints(/Next run at/);
  expect(out()).toContain(`Tenant      ${sandbox.tenant.domain}`);
  expect(out()).toMatch(/Logs read +200\n[\s\S]*Segment does not confirm write keys/);
  const status = await runInProcess(['status'], { folder });
  expect(status.code).toBe(0);
  expect(status.out).toMatch(/Tenant +default\n +State +Caught up\n/);
});

test('a second start, run and replay work beside a running host', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 200, users: 20 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const host = await startCommand(['start'], { env });
  await host.prints(/Next run at/);
  const second = await startCommand(['start'], { env, folder: host.folder });
  await second.prints(/Logs read +none/);
  sandbox.tenant.addLogs([{ type: 's' }, { type: 's' }]);
  const run = await runInProcess(['run'], { env, folder: host.folder });
  expect(run.code).toBe(0);
  expect(JSON.parse(run.out).status.logsRead).toBe(2);
  const from = sandbox.tenant.logAt(190).log_id;
  const replay = await runInProcess(['replay', '--from', from], { env, folder: host.folder });
  expect(replay.code, replay.err).toBe(0);
  const { runs } = await lookInto(host.folder);
  expect(runs.map(({ logsRead }) => logsRead)).toEqual([2, 0, 200]);
});

test('a run that a kill cut off is in the history, and the next run starts after its lease expires', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 500, users: 50 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  sandbox.tenant.faults.add({ endpoint: 'logs', at: 2, times: 1, fault: { kind: 'hang' } });
  const first = await startProcess(['start'], { env });
  await expect.poll(() => sandbox.tenant.requests.logs).toBeGreaterThan(1);
  first.child.kill('SIGKILL');
  await first.exit;
  const clock = createControlledClock();
  const second = await startCommand(['start'], { env, folder: first.folder, clock });
  await second.prints(/Another run is under way[\s\S]*Ctrl-C stops/);
  await clock.advance(LEASE_MS);
  await second.prints(/\n\d\d:\d\d:\d\d {2}\w+: \d+ logs read.*was cut off before its end/);
  const { runs } = await lookInto(first.folder);
  expect(runs.map(({ error }) => error?.message)).toEqual([
    undefined,
    expect.stringContaining('was cut off before its end'),
  ]);
});

test('start that is asked to stop during a run finishes the batch and releases the lease', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 5_000, users: 20 }) } });
  sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault: { kind: 'delay', ms: 50 } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const { stop, folder } = await startCommand(['start'], { env });
  await expect.poll(() => sandbox.segment.accepted).toBeGreaterThan(0);
  expect(await stop()).toBe(0);
  const { state, runs } = await lookInto(folder);
  expect(state.lease).toBeNull();
  expect(runs).toMatchObject([{ moreToCome: true }]);
});

test('start --no-sandbox starts without a tenant', async () => {
  const { prints, stop } = await startCommand(['start', '--no-sandbox']);
  await prints(/Browser +open http[\s\S]*No tenant has been added yet/);
  expect(await stop()).toBe(0);
});

test('start imports the settings, the schedule and the checkpoint of the former version', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 200, users: 20 }) } });
  const { EXTENSION_SECRET: _, SEGMENT_KEY, ...env } = sandbox.secrets();
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  const job = { name: 'auth0-logs-to-segment', state: 'active', schedule: '0 */7 * * * *', tz: 'UTC' };
  const installed = {
    at: '2026-01-01T00:00:00.000Z',
    settings: { SEGMENT_KEY },
    job: { ...job, next_available_at: '2026-01-01T00:07:00.000Z' },
  };
  const kept = { token: 'token', extensionSecret: 'secret', installed };
  await writeFile(join(data, 'extension.json'), JSON.stringify(kept), { mode: 0o600 });
  const document = { checkpointId: sandbox.tenant.logAt(149).log_id };
  await writeFile(join(data, 'storage.json'), JSON.stringify({ document }), { mode: 0o600 });
  const { prints } = await startCommand(['start'], { env, folder });
  await prints(/Logs read +50\n/);
  const { tenant } = await lookInto(folder);
  expect(tenant).toMatchObject({ schedule: '0 */7 * * * *', isActive: true });
});
