import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { lookInto } from './look-into';
import { runInProcess, startCommand } from './run-in-process';

async function open(count: number, tenant: object = {}) {
  const start = Date.now() - count * 1000;
  const sandbox = await openSandbox({
    tenant: { logs: generateLogs({ count, users: 40, start }), ...tenant },
  });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  return { sandbox, env };
}

test('run exports once, prints JSON to stdout and text to stderr, and the next run exports only new logs', async () => {
  const { sandbox, env } = await open(300);
  const first = await runInProcess(['run'], { env });
  expect(first.code).toBe(0);
  expect(JSON.parse(first.out)).toMatchObject({
    status: { logsRead: 300 },
    checkpoint: expect.any(String),
  });
  expect(first.err).toMatch(/Events sent +Segment accepted \d+ events/);
  sandbox.tenant.addLog({ type: 's' });
  const second = await runInProcess(['run'], { env, folder: first.folder });
  expect(second.code).toBe(0);
  expect(JSON.parse(second.out).status.logsRead).toBe(1);
  const status = await runInProcess(['status'], { env, folder: first.folder });
  expect(status.code).toBe(0);
  expect(status.out).toMatch(/State +Caught up[\s\S]*History +2 records/);
});

test('run exits with 75 if logs are left, and --drain continues until none are left', async () => {
  const { sandbox, env } = await open(3_000);
  // The tenant's limit is used up after four pages, for longer than any run may wait.
  const headers = {
    'x-ratelimit-limit': '2',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600),
  };
  const fault = { kind: 'status', status: 429, headers } as const;
  sandbox.tenant.faults.add({ endpoint: 'logs', at: 5, times: Infinity, fault });
  const short = await runInProcess(['run'], { env });
  expect(short.code).toBe(75);
  expect(JSON.parse(short.out).status).toMatchObject({ moreToCome: true });
  sandbox.tenant.faults.clear();
  const drain = await runInProcess(['run', '--drain'], { env, folder: short.folder });
  expect(drain.code).toBe(0);
  const { status } = JSON.parse(drain.out);
  expect(status.moreToCome).toBe(false);
  const selected = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
  expect(sandbox.segment.ids('track').size).toBe(selected.length);
  expect(drain.err).toContain('Nothing is left.');
});

test('run exits with 1 if it failed, and names the cause', async () => {
  const { env } = await open(10);
  const wrong = await runInProcess(['run'], { env: { ...env, AUTH0_CLIENT_SECRET: 'wrong-secret-1' } });
  expect(wrong.code).toBe(1);
  expect(wrong.err).toMatch(/Failed +.*AUTH0_CLIENT/s);
  expect(JSON.parse(wrong.out).status.error.message).toBeTruthy();
  expect(wrong.out + wrong.err).not.toContain('wrong-secret-1');
});

test('a drain that is asked to stop finishes its batch, saves and releases the lease', async () => {
  const { sandbox, env } = await open(2_000);
  sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault: { kind: 'delay', ms: 50 } });
  const running = await startCommand(['run', '--drain'], { env });
  await expect.poll(() => sandbox.segment.accepted).toBeGreaterThan(0);
  expect(await running.stop()).toBe(75);
  expect((await lookInto(running.folder)).state.lease).toBeNull();
  sandbox.tenant.faults.clear();
  const rest = await runInProcess(['run', '--drain'], { env, folder: running.folder });
  expect(rest.code).toBe(0);
  const selected = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
  expect(sandbox.segment.ids('track').size).toBe(selected.length);
  expect(JSON.parse(rest.out).status.warning ?? '').not.toContain('cut off');
});

test('replay --dry-run prints the calls, replay sends them, and neither moves the checkpoint', async () => {
  const { sandbox, env } = await open(300);
  const first = await runInProcess(['run'], { env });
  const { checkpoint } = JSON.parse(first.out);
  const [from, to] = [sandbox.tenant.logAt(100).log_id, sandbox.tenant.logAt(199).log_id];
  const selected = [...sandbox.tenant.selectedLogs()].filter(
    ({ log_id, user_id }) => log_id >= from && log_id <= to && user_id,
  );
  const received = sandbox.segment.accepted;

  const dry = await runInProcess(['replay', '--from', from, '--to', to, '--dry-run'], {
    env,
    folder: first.folder,
  });
  expect(dry.code).toBe(0);
  const calls: { type: string; logId: string; messageId: string }[] = dry.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const tracks = calls.filter(({ type }) => type === 'track');
  expect(tracks.map(({ logId }) => logId)).toEqual(selected.map(({ log_id }) => log_id));
  expect(sandbox.segment.accepted).toBe(received);

  const known = sandbox.segment.ids('track');
  expect(tracks.filter(({ messageId }) => !known.has(messageId))).toEqual([]);

  const real = await runInProcess(['replay', '--from', from, '--to', to], { env, folder: first.folder });
  expect(real.code).toBe(0);
  expect(real.err).toContain(`Sent ${selected.length} events`);
  expect(sandbox.segment.accepted).toBe(received + calls.length);
  expect(sandbox.segment.duplicates).toBeGreaterThanOrEqual(selected.length);

  const after = await runInProcess(['run'], { env, folder: first.folder });
  expect(JSON.parse(after.out)).toMatchObject({ status: { logsRead: 0 }, checkpoint });
  const unknown = await runInProcess(['replay', '--from', '900123'], { env, folder: first.folder });
  expect(unknown.code).toBe(1);
  expect(unknown.err).toContain('Auth0 does not know the log that --from names, "900123"');
});
