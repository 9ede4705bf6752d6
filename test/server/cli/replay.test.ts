import { expect, test } from 'vitest';
import { hostOptionDefaults, parseHostOptions } from '../../../server/cli/host-options';
import { replay } from '../../../server/cli/replay';
import { createTerminal } from '../../../server/cli/terminal';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { createFastClock } from '../../support/fast-clock';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';

async function open(settings: Record<string, string> = {}, speed = 100) {
  const start = Date.now() - 300_000;
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 300, users: 40, start }) } });
  const clock = createFastClock(speed);
  const dataDir = await temporaryFolder();
  const { EXTENSION_SECRET: _, ...own } = sandbox.secrets();
  const setup = parseHostOptions({ ...hostOptionDefaults, DATA_DIR: dataDir });
  let text = '';
  const run = (maxMinutes = 1) =>
    replay({
      setup,
      overrides: { ...own, ...settings },
      env: {},
      name: '',
      from: sandbox.tenant.logAt(100).log_id,
      to: undefined,
      maxMinutes,
      isDryRun: false,
      terminal: createTerminal({ write: (more) => (text += more) }, {}),
      print: () => {},
      clock,
      stop: new AbortController().signal,
    });
  return { sandbox, clock, run, text: () => text };
}

test('ends with 75 after its minutes without progress, and says meanwhile what it waits for', async () => {
  // A minute must be long enough for the Segment client to load.
  const { sandbox, clock, run, text } = await open({}, 20);
  sandbox.segment.faults.add({ times: Infinity, fault: { kind: 'status', status: 503 } });
  const begun = clock.now();
  expect(await run()).toBe(75);
  expect(clock.now() - begun).toBeLessThan(600_000);
  expect(text()).toMatch(/Segment does not answer: it says 503, trying again in \d+ s\./);
  expect(text()).toMatch(/would get no further within 1 minute/);
});

test('says that it waits for the rate limit of Auth0', async () => {
  const { sandbox, run, text } = await open();
  const headers = { 'retry-after': '30' };
  sandbox.tenant.faults.add({
    endpoint: 'logs',
    at: 2,
    times: 1,
    fault: { kind: 'status', status: 429, headers },
  });
  expect(await run()).toBe(0);
  expect(text()).toMatch(/Waiting for Auth0's rate limit, trying again in \d+ s\./);
});

test('continues for longer than its minutes while it gets on', async () => {
  const { sandbox, clock, run } = await open({ BATCH_SIZE: '20' });
  // Four batches wait for a minute each, of the three that each has.
  const fault = { kind: 'status', status: 429, headers: { 'retry-after': '60' } } as const;
  for (const at of [1, 3, 5, 7]) sandbox.segment.faults.add({ at, times: 1, fault });
  const begun = clock.now();
  expect(await run(3)).toBe(0);
  expect(clock.now() - begun).toBeGreaterThan(180_000);
});

test('names the tenant in its errors, and no secret', async () => {
  const { sandbox, run, text } = await open({ AUTH0_CLIENT_SECRET: 'wrong-secret-1' });
  expect(await run()).toBe(1);
  expect(text()).toContain(sandbox.secrets().AUTH0_DOMAIN);
  expect(text()).not.toContain('wrong-secret-1');
});
