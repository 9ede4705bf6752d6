import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { startProcess } from './start-process';

test('without credentials: a sandbox, a run in plain words, the schedule, the Dashboard', async () => {
  const { says, out, child, exit, folder } = await startProcess(['start']);
  await says(/Next run at/);
  for (const line of [
    /Sandbox +an Auth0 tenant with 3,000 logs and 600 users/,
    /Dashboard +http:\/\/localhost:\d+/,
    // And the log of the access token, and what happened meanwhile.
    /Read +3,0\d\d logs, 1,7[34]\d of them to export/,
    /Exported +1,7[123]\d events: 1,3[89]\d Success Login, 1[67]\d Success Signup, 1[67]\d Failed Login/,
    /Batches +18/,
    /Users +\d+ looked up/,
    /Requests +\d+: (?=.*\d+ for logs)\d+ for users, .*\d+ to Segment, 1 for a token/,
    /Checkpoint +\d{50,}/,
    /Slack +1 message/,
    /Schedule: Every 5 minutes \(0 \*\/5 \* \* \* \*, UTC\)/,
  ]) {
    expect(out()).toMatch(line);
  }
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  const again = await startProcess(['start'], { folder });
  await again.says(/Read +\d{1,3} logs?\b/);
});

test('continues on its schedule, and says what each run did', async () => {
  const { says } = await startProcess(['start', '--schedule', '* * * * * *']);
  await says(/\n\d\d:\d\d:\d\d {2}(nothing new|read \d+ logs?)/);
});

test('with credentials: from that tenant', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 200, users: 20 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const { says, out, folder } = await startProcess(['start'], { env });
  await says(/Next run at/);
  expect(out()).toContain(`Tenant      ${sandbox.tenant.domain}`);
  expect(out()).toMatch(/Read +200 logs/);
  const status = await startProcess(['status'], { folder });
  expect(await status.exit).toBe(0);
  expect(status.out()).toMatch(/Host +process \d+ \(start\) since .*, http:\/\/localhost:\d+/s);
  const second = await startProcess(['start'], { env, folder });
  expect(await second.exit).toBe(1);
  expect(second.err()).toMatch(/is in use by process \d+ \(start\) since .*, with its Dashboard at http/);
});

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
  const stored = JSON.parse(await readFile(join(folder, 'data/storage.json'), 'utf8'));
  expect(stored.document).toMatchObject({ lease: null, logs: [{ moreToCome: true }] });
});

test('--no-sandbox opens with nothing installed', async () => {
  const { says, child, exit } = await startProcess(['start', '--no-sandbox']);
  await says(/Nothing is installed/);
  child.kill('SIGINT');
  expect(await exit).toBe(0);
});
