import { expect, test, vi } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { systemClock } from '../../../src/time';
import { addTenant, openTestDashboard, tenantOf } from '../dashboard/open-test-dashboard';
import { openTestTenant } from '../runs/open-test-host';
import { openTrigger } from './open-trigger';

const PASSWORD = 'four random words here';
const MINUTE_MS = 60_000;

test('a token is made in the Dashboard with its password alone, shown once, and works', async () => {
  const dashboard = await openTrigger({ password: PASSWORD, publicUrl: 'https://exporter.example.com' });
  const { send, post, log } = dashboard;
  const headers = { host: 'exporter.example.com', 'x-forwarded-proto': 'https' };
  const login = await send('POST', '/api/login', { headers, body: { password: PASSWORD } });
  expect(login.status).toBe(204);
  const cookie = [login.headers['set-cookie'] ?? []]
    .flat()
    .map((one) => one.split(';')[0])
    .join('; ');
  const { csrfToken } = (await send('GET', '/api/session', { headers: { ...headers, cookie } })).json;
  const make = (body: object, more: Record<string, string> = { 'x-csrf-token': csrfToken }) =>
    send('POST', '/api/tenants/acme/token', { headers: { ...headers, cookie, ...more }, body });
  expect((await make({})).json.error).toBe('password_needed');
  expect((await make({ password: 'wrong' })).json.error).toBe('wrong_password');
  expect((await make({ password: PASSWORD }, {})).json.error).toBe('csrf_token');
  expect((await post()).status).toBe(204);
  const made = await make({ password: PASSWORD });
  expect([made.status, made.json.authorization]).toEqual([201, expect.stringMatching(/^Bearer a0ls_/)]);
  expect((await post()).status).toBe(401);
  expect((await post({ token: made.json.authorization })).status).toBe(204);
  const details = await send('GET', '/api/tenants/acme', { headers: { ...headers, cookie } });
  expect(details.json.logStream).toEqual({
    path: '/log-streams/acme',
    url: 'https://exporter.example.com/log-streams/acme',
    state: 'posting',
    lastTriggerAt: expect.any(String),
    triggers: 2,
  });
  expect(details.text).not.toContain(made.json.authorization.slice(7));
  expect(log.join('\n')).toContain('made a new token for the log stream of tenant acme');
  expect(log.join('\n')).not.toContain(made.json.authorization.slice(7));
});

test('a tenant without a log stream says so, and one that has never posted', async () => {
  const dashboard = await openTestDashboard();
  const { id } = await addTenant(dashboard, 'acme');
  const look = async () => (await dashboard.call('/api/tenants/acme')).json.logStream;
  expect(await look()).toMatchObject({ state: 'none', url: null, lastTriggerAt: null, triggers: 0 });
  await dashboard.host.triggerTokens.rotate(id);
  expect(await look()).toMatchObject({ state: 'silent', triggers: 0 });
});

test('a stream that Auth0 has paused shows in the Dashboard, in the metrics, and once in Slack', async () => {
  let passed = 0;
  const clock = { ...systemClock, now: () => Date.now() + passed };
  const { sandbox, settings } = await openTestTenant({
    tenant: { logs: generateLogs({ count: 10, users: 5 }), now: clock.now },
  });
  const dashboard = await openTestDashboard({ clock });
  const { host, call, metrics } = dashboard;
  const added = await host.registry.add('acme', { settings }, { mayReference: true });
  await host.triggerTokens.rotate(added.id);
  const run = async () => {
    sandbox.tenant.addLog({ type: 's' });
    const finished = await host.runner.run(await tenantOf(host, 'acme'), 'schedule', host.now());
    expect(finished?.answer.statusCode).toBe(200);
    await host.logStreams.idle();
  };
  const told = () => sandbox.slack.messages.filter(({ text }) => String(text).includes('log stream'));
  await run();
  expect((await call('/api/tenants/acme')).json.logStream.state).toBe('silent');
  passed += 16 * MINUTE_MS;
  await run();
  // Its token was never used.
  expect((await call('/api/tenants/acme')).json.logStream.state).toBe('silent');
  expect((await call('/api/tenants')).json.tenants[0]).toMatchObject({ isStreamPaused: false });
  expect(told()).toEqual([]);
  const stream = await host.logStreams.find('acme');
  if (!stream) throw new Error('There is no log stream.');
  await host.logStreams.trigger(stream, null);
  await run();
  passed += 16 * MINUTE_MS;
  await run();
  expect((await call('/api/tenants/acme')).json.logStream.state).toBe('paused');
  expect((await call('/api/tenants')).json.tenants[0]).toMatchObject({ isStreamPaused: true });
  const text = await metrics.text();
  expect(text).toContain('logs_to_segment_log_stream_paused{tenant="acme"} 1');
  expect(text).toMatch(/logs_to_segment_trigger_silence_seconds\{tenant="acme"\} 9\d\d/);
  expect(told().map((message) => String(message.text))).toEqual([
    expect.stringMatching(
      /log stream of tenant acme seems to be paused.*\nIt has announced no log since \d{4}-/,
    ),
  ]);
  passed += 16 * MINUTE_MS;
  await run();
  expect(told()).toHaveLength(1);
  // A post ends that, and the next pause is told again.
  await host.logStreams.trigger(stream, null);
  expect((await call('/api/tenants/acme')).json.logStream.state).toBe('posting');
  await run();
  passed += 16 * MINUTE_MS;
  await run();
  expect(told()).toHaveLength(2);
  expect(String(told()[1]?.text)).toMatch(/It has announced no log since \d{4}-/);
});

test('how old the newest log was when it was delivered is observed, without a label', async () => {
  const { sandbox, settings } = await openTestTenant({ tenant: { logs: [] } });
  const dashboard = await openTestDashboard({
    onEnd: (finished) => dashboard.metrics.countRun(finished),
  });
  const { host, metrics } = dashboard;
  await host.registry.add('acme', { settings }, { mayReference: true });
  sandbox.tenant.addLog({ type: 's', date: new Date(Date.now() - 45_000).toISOString() });
  await host.runner.run(await tenantOf(host, 'acme'), 'stream', host.now());
  await vi.waitFor(async () =>
    expect(await metrics.text()).toContain('logs_to_segment_newest_log_age_seconds_count 1'),
  );
  const text = await metrics.text();
  expect(text).toContain('logs_to_segment_newest_log_age_seconds_bucket{le="30"} 0');
  expect(text).toContain('logs_to_segment_newest_log_age_seconds_bucket{le="60"} 1');
});
