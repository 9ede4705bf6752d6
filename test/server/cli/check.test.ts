import { expect, test } from 'vitest';
import type { Sandbox } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { assertNoSecrets } from '../../support/assert-no-secrets';
import { openSandbox } from '../sandbox/open-sandbox';
import { lookInto } from './look-into';
import { runInProcess, startCommand } from './run-in-process';

const open = () => {
  const start = Date.now() - 600_000;
  return openSandbox({ tenant: { logs: generateLogs({ count: 60, users: 10, start }) } });
};
const envOf = (sandbox: Sandbox, more: Record<string, string> = {}) => {
  const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
  return { ...settings, ...more };
};

/** Runs a command to its end. It must print no secret. */
async function done(args: string[], env: Record<string, string>, folder?: string) {
  const result = await runInProcess(args, { env, ...(folder ? { folder } : {}) });
  assertNoSecrets(args.join(' '), [result.out, result.err]);
  return result;
}

test('check of the only tenant needs no name, and exits with 0 if no check failed', async () => {
  const sandbox = await open();
  const { code, out } = await done(['check'], envOf(sandbox));
  expect(out).toMatch(/OK +Settings: .*\n(?:.*\n)*.*OK +Token: /);
  expect(out).toMatch(/OK +read:users: Granted/);
  expect(out).not.toContain('Slack');
  expect(code).toBe(0);
  expect(sandbox.segment.identifies()).toHaveLength(1);
});

test('check --json lists the checks that failed, and exits with 1', async () => {
  const sandbox = await open();
  const env = envOf(sandbox, { AUTH0_CLIENT_SECRET: 'wrong-secret-Jd8a' });
  const { code, out } = await done(['check', '--json', '--slack'], env);
  const { tenant, lines } = JSON.parse(out);
  expect(tenant).toBe('default');
  expect(lines).toContainEqual(expect.objectContaining({ name: 'Token', state: 'failure' }));
  expect(lines).toContainEqual(expect.objectContaining({ name: 'Slack', state: 'ok' }));
  expect(out).not.toContain('wrong-secret');
  expect(code).toBe(1);
});

test('check exits with 78 if settings are wrong or missing', async () => {
  const sandbox = await open();
  const wrong = await done(['check'], envOf(sandbox, { BATCH_SIZE: 'many' }));
  expect(wrong.out).toMatch(/Failed +Settings: BATCH_SIZE is "many"/);
  expect(wrong.code).toBe(78);
  expect((await done(['check'], {})).code).toBe(78);
  expect((await done(['check', 'nobody'], envOf(sandbox))).code).toBe(78);
});

test('preview shows what the next run sends, and changes no state', async () => {
  const sandbox = await open();
  const env = envOf(sandbox, { EXCLUDE_FIELDS: 'email' });
  const { code, out, err, folder } = await done(['preview', '--json'], env);
  expect(code).toBe(0);
  expect(err).toMatch(/Fields that never leave \(EXCLUDE_FIELDS\): email\./);
  expect(sandbox.segment.requests).toBe(0);
  expect((await lookInto(folder)).state).toMatchObject({ checkpointId: null, lease: null });

  const shown: Record<string, unknown>[] = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  expect((await done(['run'], env, folder)).code).toBe(0);
  const arrived = sandbox.segment.received.map((event) => JSON.parse(sandbox.segment.jsonOf(event)));
  expect(arrived).toHaveLength(shown.length);
  for (const [place, { logId: _, ...call }] of shown.entries()) {
    expect(arrived[place]).toMatchObject(call);
  }

  const nothing = await done(['preview'], env, folder);
  expect(nothing.out).toMatch(/The next run would send nothing.*--last 10/);
  const last = await done(['preview', '--last', '3'], env, folder);
  expect(last.out).toMatch(/^Time +Call +Event +User ID\n/);
  expect(last.out).toMatch(/\d events? of 3 logs: /);
  expect(last.out).not.toContain('@');
});

test('preview works while a run is under way', async () => {
  const sandbox = await open();
  const env = envOf(sandbox, { BATCH_SIZE: '10' });
  sandbox.segment.faults.add({ times: Infinity, fault: { kind: 'hang' } });
  const { folder } = await startCommand(['run'], { env });
  await expect.poll(() => sandbox.segment.requests).toBeGreaterThan(0);
  const requests = sandbox.segment.requests;
  const { lease } = (await lookInto(folder)).state;
  expect(lease).not.toBeNull();
  const { code, out } = await done(['preview', '--last', '2'], env, folder);
  expect(out).toMatch(/of 2 logs/);
  expect(code).toBe(0);
  expect((await lookInto(folder)).state.lease?.owner).toBe(lease?.owner);
  expect(sandbox.segment.requests).toBe(requests);
});

test.each([
  [['preview', '--last', '0'], /--last is "0"\. It must be a whole number from 1 to 100/],
  [['preview', '--last', 'ten'], /--last is "ten"/],
  [['run', '--last', '3'], /--last\. It belongs to the command preview/],
  [['run', '--slack'], /--slack\. It belongs to the command check/],
])('the arguments %j are refused', async (args, sentence) => {
  const { code, err } = await done(args, {});
  expect(code).toBe(78);
  expect(err).toMatch(sentence);
});
