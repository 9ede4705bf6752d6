import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { lookInto } from './look-into';
import { startProcess } from './start-process';

test('without credentials: a sandbox, a run in plain words, the schedule, the Dashboard', async () => {
  const { says, out, child, exit, folder } = await startProcess(['start']);
  await says(/Next run at/);
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
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  const again = await startProcess(['start'], { folder });
  await again.says(/Logs read +(\d{1,3}|none: nothing was new)\n/);
});

test('continues on its schedule, and says what each run did', async () => {
  const { says } = await startProcess(['start', '--schedule', '* * * * * *']);
  await says(/\n\d\d:\d\d:\d\d {2}Succeeded: (nothing new|\d+ logs? read)/);
});

test('with credentials: from that tenant', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 200, users: 20 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const { says, out, folder } = await startProcess(['start'], { env });
  await says(/Next run at/);
  expect(out()).toContain(`Tenant      ${sandbox.tenant.domain}`);
  expect(out()).toMatch(/Logs read +200\n[\s\S]*Segment does not confirm write keys/);
  const status = await startProcess(['status'], { folder });
  expect(await status.exit).toBe(0);
  expect(status.out()).toMatch(/Tenant +default\n +State +Caught up\n/);
});

test('beside a running host another may start, and run and replay do their work', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 200, users: 20 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const host = await startProcess(['start'], { env });
  await host.says(/Next run at/);
  const second = await startProcess(['start'], { env, folder: host.folder });
  await second.says(/Logs read +none/);
  sandbox.tenant.addLogs([{ type: 's' }, { type: 's' }]);
  const run = await startProcess(['run'], { env, folder: host.folder });
  expect(await run.exit).toBe(0);
  expect(JSON.parse(run.out()).status.logsRead).toBe(2);
  const from = sandbox.tenant.logAt(190).log_id;
  const replay = await startProcess(['replay', '--from', from], { env, folder: host.folder });
  expect(await replay.exit, replay.err()).toBe(0);
  const { runs } = await lookInto(host.folder);
  expect(runs.map(({ logsRead }) => logsRead)).toEqual([2, 0, 200]);
}, 120_000);

test('a run that was cut off by a kill is in the history, and the next begins when its lease can have expired', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 500, users: 50 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  sandbox.tenant.faults.add({ endpoint: 'logs', at: 2, times: 1, fault: { kind: 'hang' } });
  const first = await startProcess(['start'], { env });
  await expect.poll(() => sandbox.tenant.requests.logs, { timeout: 40_000 }).toBeGreaterThan(1);
  first.child.kill('SIGKILL');
  await first.exit;
  const second = await startProcess(['start'], { env, folder: first.folder });
  await second.says(
    /Another run is under way[\s\S]*\n\d\d:\d\d:\d\d {2}\w+: \d+ logs read.*was cut off before its end/,
  );
  const { runs } = await lookInto(first.folder);
  expect(runs.map(({ error }) => error?.message)).toEqual([
    undefined,
    expect.stringContaining('was cut off before its end'),
  ]);
}, 120_000);

test('asked to stop while a run is under way, it finishes the batch and ends within ten seconds', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 5_000, users: 20 }) } });
  sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault: { kind: 'delay', ms: 50 } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const { child, exit, folder } = await startProcess(['start'], { env });
  await expect.poll(() => sandbox.segment.accepted, { timeout: 20_000 }).toBeGreaterThan(0);
  const asked = Date.now();
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(Date.now() - asked).toBeLessThan(10_000);
  const { state, runs } = await lookInto(folder);
  expect(state.lease).toBeNull();
  expect(runs).toMatchObject([{ moreToCome: true }]);
});

test('--no-sandbox opens without a tenant', async () => {
  const { says, child, exit } = await startProcess(['start', '--no-sandbox']);
  await says(/Browser +open http[\s\S]*No tenant has been added yet/);
  child.kill('SIGINT');
  expect(await exit).toBe(0);
});

test('what the former version kept is taken over: its settings, its checkpoint and its history', async () => {
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
  const { says } = await startProcess(['start'], { env, folder });
  await says(/Logs read +50\n/);
  const { tenant } = await lookInto(folder);
  expect(tenant).toMatchObject({ schedule: '0 */7 * * * *', isActive: true });
});
