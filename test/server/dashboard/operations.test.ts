import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { watchAnswers } from '../../../server/runs/answers';
import { createLiveLog } from '../../../server/runs/live-log';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { addSandboxTenant, addTenant, openTestDashboard, tenantOf } from './open-test-dashboard';

const TOKEN = 'metrics-token-0123456789-abcdefghij';
const world = () => ({ tenant: { logs: generateLogs({ count: 100, users: 10 }) } });

test('health counts tenants for anybody, and names the overdue to those who may read the metrics', async () => {
  const clock = { now: Date.now() };
  const dashboard = await openTestDashboard({
    password: 'correct horse battery staple',
    metricsToken: TOKEN,
    clock: {
      now: () => clock.now,
      monotonic: () => performance.now(),
      sleep: (_ms, stop) => new Promise((_resolve, reject) => stop?.addEventListener('abort', reject)),
    },
  });
  for (let n = 10; n < 32; n += 1) await addTenant(dashboard, `t-${n}`);
  const health = async (headers = {}) =>
    JSON.parse((await dashboard.send('GET', '/healthz', { headers })).text);
  expect(await health()).toMatchObject({ status: 'ok', tenants: 22, active: 22, overdue: { count: 0 } });
  clock.now += 3 * 60 * 60 * 1000;
  const stranger = await dashboard.send('GET', '/healthz');
  expect(stranger.status).toBe(200);
  expect(stranger.text).not.toContain('t-1');
  expect(JSON.parse(stranger.text).overdue).toEqual({ count: 22 });
  const { overdue } = await health({ authorization: `Bearer ${TOKEN}` });
  expect([overdue.count, overdue.names.length, overdue.names[0], overdue.more]).toEqual([22, 20, 't-10', 2]);
});

test('the metrics count the values that were replaced because no database can store them', async () => {
  const { host, call } = await openTestDashboard();
  const count = async () =>
    Number(/^logs_to_segment_unstorable_values_total (\d+)$/m.exec((await call('/metrics')).text)?.[1]);
  const before = await count();
  expect(await host.registry.find('a\0b')).toBeUndefined();
  expect((await count()) - before).toBe(1);
});

test('metrics tell of each tenant; those of a removed one go', async () => {
  const dashboard = await openTestDashboard();
  const { host, call, metrics, ended } = dashboard;
  await addSandboxTenant(dashboard, 'acme', world());
  await addTenant(dashboard, 'idle');
  await host.registry.change('idle', { isActive: false }, { mayReference: false });
  await host.runner.run(await tenantOf(host, 'acme'), 'manual', 0);
  for (const run of ended) metrics.countRun(run);
  const { text } = await call('/metrics');
  for (const line of [
    /^logs_to_segment_runs_total\{tenant="acme",result="success"\} 1$/m,
    /^logs_to_segment_runs_total\{tenant="acme",result="error"\} 0$/m,
    /^logs_to_segment_runs_total\{tenant="idle",result="success"\} 0$/m,
    /^logs_to_segment_logs_read_total\{tenant="acme"\} 100$/m,
    /^logs_to_segment_events_total\{tenant="acme",event="Success Login"\} \d+$/m,
    /^logs_to_segment_requests_total\{tenant="acme",purpose="segment"\} \d+$/m,
    /^logs_to_segment_rejected_total\{tenant="acme"\} 0$/m,
    /^logs_to_segment_run_duration_seconds_count 1$/m,
    /^logs_to_segment_lag_seconds\{tenant="acme"\} [\d.e-]+$/m,
    /^logs_to_segment_tenant_active\{tenant="acme"\} 1$/m,
    /^logs_to_segment_tenant_active\{tenant="idle"\} 0$/m,
    /^logs_to_segment_tenant_overdue\{tenant="acme"\} 0$/m,
    /^logs_to_segment_last_run_success\{tenant="acme"\} 1$/m,
  ]) {
    expect(text).toMatch(line);
  }
  await host.registry.remove('acme', false);
  const later = (await call('/metrics')).text;
  expect(later).not.toContain('tenant="acme"');
  expect(later).toContain('tenant="idle"');
});

test('counts each 429 by service', async () => {
  const dashboard = await openTestDashboard();
  const { host, metrics } = dashboard;
  const { sandbox } = await addSandboxTenant(dashboard, 'acme', world());
  const stop = watchAnswers((origin, status) => {
    if (status === 429 && origin === sandbox.tenant.url) metrics.countRateLimit(origin);
  });
  onTestFinished(stop);
  const fault = { kind: 'status', status: 429, headers: { 'x-ratelimit-reset': '1' } } as const;
  sandbox.tenant.faults.add({ endpoint: 'logs', at: 2, fault });
  await host.runner.run(await tenantOf(host, 'acme'), 'manual', 0);
  expect(await metrics.text()).toMatch(/^logs_to_segment_rate_limited_total\{service="auth0"\} 1$/m);
});

test('a page that reads nothing of what happens, as on a machine that sleeps, takes no memory for it', async () => {
  const dashboard = await openTestDashboard();
  const live = createLiveLog(Date.now);
  Object.assign(dashboard.host, { live });
  const socket = connect(dashboard.port, '127.0.0.1');
  socket.write('GET /api/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(socket, 'data');
  socket.pause();
  // More than the system keeps for a connection.
  const [LINES, BYTES] = [500, 64 * 1024];
  for (let count = 0; count < LINES; count += 1) {
    live.add({ kind: 'change', tenant: '', run: '', text: 'x'.repeat(BYTES) });
    await nextTurn();
  }
  let size = 0;
  socket.on('data', (chunk) => {
    size += chunk.length;
  });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'close');
  expect(size).toBeLessThan((LINES * BYTES) / 2);
});
