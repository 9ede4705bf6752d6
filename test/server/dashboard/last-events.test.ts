import { expect, test } from 'vitest';
import type { LastEventList } from '../../../server/dashboard/api/last-events-view';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { assertNoSecrets } from '../../support/assert-no-secrets';
import { addSandboxTenant, openTestDashboard, type TestDashboard, tenantOf } from './open-test-dashboard';

const path = '/api/tenants/acme/last-events';

async function open(count = 30, isKept = true) {
  const dashboard = await openTestDashboard({ keepsLastEvents: () => isKept });
  const { sandbox } = await addSandboxTenant(dashboard, 'acme', {
    tenant: { logs: generateLogs({ count, users: 10 }) },
  });
  return { dashboard, sandbox };
}

async function run({ call, host }: TestDashboard) {
  expect((await call('/api/tenants/acme/run', {})).status).toBe(204);
  await host.runner.idle();
}

async function eventsOf({ call }: TestDashboard): Promise<LastEventList> {
  const { status, text } = await call(path);
  expect(status).toBe(200);
  assertNoSecrets('the last events', text);
  return JSON.parse(text);
}

test('what went to Segment is listed newest first, each call as Segment got it, without what is excluded', async () => {
  const { dashboard, sandbox } = await open();
  await dashboard.call('/api/tenants/acme/settings', { settings: { EXCLUDE_FIELDS: 'email' } });
  await run(dashboard);
  const { isKept, events } = await eventsOf(dashboard);
  const received = sandbox.segment.received.toReversed();
  expect(isKept).toBe(true);
  expect(events.map(({ messageId }) => messageId)).toEqual(received.map(({ messageId }) => messageId));
  expect(new Set(events.map(({ result, reason }) => result + reason))).toEqual(new Set(['accepted']));
  const [newest] = received;
  const call = await dashboard.call(`${path}/${events[0]?.id}`);
  const { type, event, userId, messageId, properties } = newest ?? {};
  expect(JSON.parse(call.text)).toMatchObject({ type, event, userId, messageId, properties });
  for (const { id } of events) {
    const { text } = await dashboard.call(`${path}/${id}`);
    expect(text).toContain('user_id');
    expect(text).not.toContain('"email"');
    assertNoSecrets('a call', text);
  }
});

test('a call is returned with the digits that its numbers were sent with', async () => {
  const { dashboard, sandbox } = await open(0);
  const metadata = '"customer_id":9007199254740993,"price":1.10';
  const user = `{"user_id":"auth0|1","updated_at":"2100-01-01T00:00:00.000Z","app_metadata":{${metadata}}}`;
  sandbox.tenant.faults.add({
    endpoint: 'user-search',
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'body', body: `[${user}]` },
  });
  sandbox.tenant.addLog({ type: 's', user_id: 'auth0|1' });
  await run(dashboard);
  const { events } = await eventsOf(dashboard);
  expect(events).toHaveLength(2);
  for (const { id } of events) expect((await dashboard.call(`${path}/${id}`)).text).toContain(metadata);
  expect((await dashboard.call('/api/tenants/acme/preview?from=newest')).text).toContain(metadata);
});

test('a call that Segment rejects is listed with the reason and the log that a replay starts from', async () => {
  const { dashboard, sandbox } = await open();
  const [, guilty] = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
  sandbox.segment.refuse(({ messageId }) =>
    String(messageId).startsWith(`auth0-track-${String(guilty?.log_id)}`),
  );
  await run(dashboard);
  const { events } = await eventsOf(dashboard);
  expect(events.filter(({ result }) => result !== 'accepted')).toEqual([
    expect.objectContaining({
      kind: 'track',
      logId: guilty?.log_id,
      result: 'rejected',
      reason: 'Segment refused the call with 400.',
    }),
  ]);
});

test('calls that Segment did not take are listed as not delivered, with the cause', async () => {
  const { dashboard, sandbox } = await open();
  sandbox.segment.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'status', status: 401 } });
  await run(dashboard);
  const { events } = await eventsOf(dashboard);
  expect(events.length).toBeGreaterThan(0);
  for (const { result, reason } of events) {
    expect([result, reason]).toEqual(['undelivered', expect.stringMatching(/returned 401/)]);
  }
});

test('the newest 200 calls of a tenant are kept, and none where that is not asked for', async () => {
  const { dashboard, sandbox } = await open(400);
  await run(dashboard);
  const { events } = await eventsOf(dashboard);
  expect(events).toHaveLength(200);
  expect(events[0]?.messageId).toBe(sandbox.segment.received.at(-1)?.messageId);

  const off = await open(30, false);
  await run(off.dashboard);
  expect(off.sandbox.segment.received.length).toBeGreaterThan(0);
  expect(await eventsOf(off.dashboard)).toEqual({ isKept: false, isShared: false, events: [] });
  expect((await off.dashboard.call(`${path}/1`)).json).toMatchObject({ error: 'unknown_event' });
});

test('a field that is excluded from now on is shown no more in what was sent before', async () => {
  const { dashboard } = await open();
  await run(dashboard);
  const [event] = (await eventsOf(dashboard)).events;
  expect((await dashboard.call(`${path}/${event?.id}`)).text).toContain('"email"');
  await dashboard.call('/api/tenants/acme/settings', { settings: { EXCLUDE_FIELDS: 'email' } });
  expect((await eventsOf(dashboard)).events).toEqual([]);
  expect((await dashboard.call(`${path}/${event?.id}`)).status).toBe(404);
});

test('what went to Segment of a tenant that is removed is forgotten', async () => {
  const { dashboard } = await open();
  await run(dashboard);
  const tenant = await tenantOf(dashboard.host, 'acme');
  expect(dashboard.host.lastEventsOf(tenant)?.of(tenant.id, '').length).toBeGreaterThan(0);
  await dashboard.call('/api/tenants/acme/remove', { keepState: false });
  expect(dashboard.host.lastEventsOf(tenant)?.of(tenant.id, '')).toEqual([]);
});
