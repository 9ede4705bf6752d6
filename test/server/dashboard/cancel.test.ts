import { once } from 'node:events';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openTestHost } from '../runs/open-test-host';
import { addSandboxTenant, openTestDashboard, tenantOf } from './open-test-dashboard';

const FOREVER = Number.POSITIVE_INFINITY;
const logs = (count: number) => ({ tenant: { logs: generateLogs({ count, users: 20 }) } });

test('a run that waits for a tenant that is down is cancelled, recorded so with its cause, and gives its lease up', async () => {
  const dashboard = await openTestDashboard();
  const { host, call } = dashboard;
  const { sandbox } = await addSandboxTenant(dashboard, 'acme', logs(30));
  // Longer than the run has once it is cancelled, shorter than what it has at first.
  const fault = { kind: 'status', status: 503, headers: { 'retry-after': '60' } } as const;
  sandbox.tenant.faults.add({ endpoint: 'token', times: FOREVER, fault });
  const ends: string[] = [];
  const lines: string[] = [];
  host.live.watch(0, ({ kind, text }) => {
    if (kind === 'end') ends.push(text);
    else lines.push(text);
  });
  await call('/api/tenants/acme/run', {});
  const retried = new Promise<string>((resolve) => {
    host.live.watch(0, ({ text }) => {
      if (text.includes('trying again')) resolve(text);
    });
  });
  expect(await retried).toMatch(/Auth0 returned 503 when requesting an access token .* in 1 min \(try 2\)/);
  expect((await call('/api/tenants/acme/cancel', {})).status).toBe(204);
  await host.runner.idle();
  const tenant = await tenantOf(host, 'acme');
  const { runs } = await host.storeOf(tenant).history.list({ offset: 0, limit: 10 });
  expect(runs).toHaveLength(1);
  expect(runs[0]?.error).toEqual({
    code: 'cancelled',
    checkpoint: null,
    message: expect.stringMatching(/^This run was cancelled.* Switch the schedule off/),
  });
  expect(await host.storeOf(tenant).state.read()).toMatchObject({ lease: null });
  expect(dashboard.log.join()).toContain('cancelled the run of tenant acme');
  expect(ends).toEqual(['Cancelled']);
  expect(lines.join('\n')).toMatch(/"run cancelled"/);
  expect(lines.join('\n')).not.toMatch(/"run failed"|"level":"error"/);
  for (const run of dashboard.ended) dashboard.metrics.countRun(run);
  const { text } = await call('/metrics');
  expect(text).toContain('logs_to_segment_runs_total{tenant="acme",result="cancelled"} 1');
  expect(text).toContain('logs_to_segment_runs_total{tenant="acme",result="error"} 0');
});

test('a run that is cancelled while it sends finishes its batch; the next one resumes without a gap', async () => {
  const dashboard = await openTestDashboard();
  const { host, call } = dashboard;
  const { sandbox } = await addSandboxTenant(dashboard, 'acme', logs(3_000));
  const tenant = await tenantOf(host, 'acme');
  const first = await host.runner.run(tenant, 'manual', host.now(), {
    onProgress: () => {
      host.runner.cancel(tenant.id);
    },
  });
  expect(first?.answer).toMatchObject({
    statusCode: 500,
    body: { status: { error: { code: 'cancelled' }, batches: expect.any(Number) } },
  });
  await call('/api/tenants/acme/run', {});
  await host.runner.idle();
  const sent = new Set(sandbox.segment.tracks().map(({ messageId }) => messageId));
  const expected = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
  expect(sent.size).toBe(expected.length);
});

test('there is nothing to cancel where none is under way, or where it is another process’s', async () => {
  const dashboard = await openTestDashboard();
  const { host, call, folder } = dashboard;
  const { sandbox } = await addSandboxTenant(dashboard, 'acme', logs(30));
  const none = await call('/api/tenants/acme/cancel', {});
  expect([none.status, none.json.error, none.json.message]).toEqual([
    409,
    'nothing_to_cancel',
    'No run of tenant acme is under way. Load the page again.',
  ]);
  const other = await openTestHost({ folder });
  sandbox.segment.faults.add({ endpoint: 'batch', fault: { kind: 'hang' } });
  const elsewhere = new AbortController();
  other.host.live.watch(0, ({ text }) => text.includes('run started') && elsewhere.abort());
  const started = once(elsewhere.signal, 'abort');
  const running = other.host.runner.run(await tenantOf(host, 'acme'), 'manual', host.now());
  await started;
  const refused = await call('/api/tenants/acme/cancel', {});
  expect([refused.status, refused.json.message]).toEqual([
    409,
    expect.stringContaining('belongs to another process'),
  ]);
  other.host.runner.cancel((await tenantOf(host, 'acme')).id);
  await running;
  expect((await call('/api/tenants/nobody/cancel', {})).status).toBe(404);
});
