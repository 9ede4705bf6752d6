import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { startProcess } from './start-process';

async function open(count: number, tenant: object = {}) {
  const start = Date.now() - count * 1000;
  const sandbox = await openSandbox({
    tenant: { logs: generateLogs({ count, users: 40, start }), ...tenant },
  });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  return { sandbox, env };
}

test('exports once: JSON on stdout, words on stderr, 0; then only what is new', async () => {
  const { sandbox, env } = await open(300);
  const first = await startProcess(['run'], { env });
  expect(await first.exit).toBe(0);
  expect(JSON.parse(first.out())).toMatchObject({
    status: { logsRead: 300 },
    checkpoint: expect.any(String),
  });
  expect(first.err()).toMatch(/Events sent +Segment accepted \d+ events/);
  sandbox.tenant.addLog({ type: 's' });
  const second = await startProcess(['run'], { env, folder: first.folder });
  expect(await second.exit).toBe(0);
  expect(JSON.parse(second.out()).status.logsRead).toBe(1);
  const status = await startProcess(['status'], { env, folder: first.folder });
  expect(await status.exit).toBe(0);
  expect(status.out()).toMatch(/State +Caught up[\s\S]*History +2 records/);
});

test('ends with 75 when logs are left, and --drain continues until none are', async () => {
  const { sandbox, env } = await open(3_000);
  // The tenant's limit is used up after four pages, for longer than any run may wait.
  const headers = {
    'x-ratelimit-limit': '2',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600),
  };
  const fault = { kind: 'status', status: 429, headers } as const;
  sandbox.tenant.faults.add({ endpoint: 'logs', at: 5, times: Infinity, fault });
  const short = await startProcess(['run'], { env });
  expect(await short.exit).toBe(75);
  expect(JSON.parse(short.out()).status).toMatchObject({ moreToCome: true });
  sandbox.tenant.faults.clear();
  const drain = await startProcess(['run', '--drain'], { env, folder: short.folder });
  expect(await drain.exit).toBe(0);
  const { status } = JSON.parse(drain.out());
  expect(status.moreToCome).toBe(false);
  const selected = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
  expect(sandbox.segment.ids('track').size).toBe(selected.length);
  expect(drain.err()).toContain('Nothing is left.');
});

test('ends with 1 when it failed, and says why', async () => {
  const { env } = await open(10);
  const wrong = await startProcess(['run'], { env: { ...env, AUTH0_CLIENT_SECRET: 'wrong-secret-1' } });
  expect(await wrong.exit).toBe(1);
  expect(wrong.err()).toMatch(/Failed +.*AUTH0_CLIENT/s);
  expect(JSON.parse(wrong.out()).status.error.message).toBeTruthy();
  expect(wrong.out() + wrong.err()).not.toContain('wrong-secret-1');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: finishes its batch, saves, gives the lease up, within ten seconds',
  async (signal) => {
    const { sandbox, env } = await open(5_000);
    sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault: { kind: 'delay', ms: 50 } });
    const running = await startProcess(['run', '--drain'], { env });
    await expect.poll(() => sandbox.segment.accepted, { timeout: 20_000 }).toBeGreaterThan(0);
    const asked = Date.now();
    running.child.kill(signal);
    expect(await running.exit).toBe(75);
    expect(Date.now() - asked).toBeLessThan(10_000);
    sandbox.tenant.faults.clear();
    const rest = await startProcess(['run', '--drain'], { env, folder: running.folder });
    expect(await rest.exit).toBe(0);
    const selected = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
    expect(sandbox.segment.ids('track').size).toBe(selected.length);
    expect(JSON.parse(rest.out()).status.warning ?? '').not.toContain('cut off');
  },
);

test('replay prints what would be sent, sends it, and leaves the checkpoint alone', async () => {
  const { sandbox, env } = await open(300);
  const first = await startProcess(['run'], { env });
  await first.exit;
  const { checkpoint } = JSON.parse(first.out());
  const [from, to] = [sandbox.tenant.logAt(100).log_id, sandbox.tenant.logAt(199).log_id];
  const selected = [...sandbox.tenant.selectedLogs()].filter(
    ({ log_id, user_id }) => log_id >= from && log_id <= to && user_id,
  );
  const received = sandbox.segment.accepted;

  const dry = await startProcess(['replay', '--from', from, '--to', to, '--dry-run'], {
    env,
    folder: first.folder,
  });
  expect(await dry.exit).toBe(0);
  const calls: { type: string; logId: string; messageId: string }[] = dry
    .out()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const tracks = calls.filter(({ type }) => type === 'track');
  expect(tracks.map(({ logId }) => logId)).toEqual(selected.map(({ log_id }) => log_id));
  expect(sandbox.segment.accepted).toBe(received);

  const known = sandbox.segment.ids('track');
  expect(tracks.filter(({ messageId }) => !known.has(messageId))).toEqual([]);

  const real = await startProcess(['replay', '--from', from, '--to', to], { env, folder: first.folder });
  expect(await real.exit).toBe(0);
  expect(real.err()).toContain(`Sent ${selected.length} events`);
  expect(sandbox.segment.accepted).toBe(received + calls.length);
  expect(sandbox.segment.duplicates).toBeGreaterThanOrEqual(selected.length);

  const after = await startProcess(['run'], { env, folder: first.folder });
  await after.exit;
  expect(JSON.parse(after.out())).toMatchObject({ status: { logsRead: 0 }, checkpoint });
  const unknown = await startProcess(['replay', '--from', '900123'], { env, folder: first.folder });
  expect(await unknown.exit).toBe(1);
  expect(unknown.err()).toContain('Auth0 does not know the log that --from names, "900123"');
});
