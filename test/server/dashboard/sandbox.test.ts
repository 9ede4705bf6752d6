import { expect, test } from 'vitest';
import { openSandboxWorld, sandboxForDashboard } from '../../../server/cli/sandbox-world';
import type { LastEventList } from '../../../server/dashboard/api/last-events-view';
import type { SandboxState } from '../../../server/dashboard/api/sandbox-view';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { assertNoSecrets } from '../../support/assert-no-secrets';
import { deliveryGaps } from '../../support/delivery-gaps';
import { fakeClock } from '../../support/fake-clock';
import { temporaryFolder } from '../../support/temporary-folder';
import { openTestTenant } from '../runs/open-test-host';
import { callApi } from '../sandbox/call-api';
import { openTestDashboard, type Reply } from './open-test-dashboard';

async function open(count = 30) {
  const { sandbox, settings } = await openTestTenant({
    tenant: { logs: generateLogs({ count, users: 10 }) },
  });
  const dashboard = await openTestDashboard({
    keepsLastEvents: () => true,
    sandbox: sandboxForDashboard('sandbox', {
      sandbox,
      logIn: (users) => sandbox.tenant.addLogs(Array.from({ length: users }, () => ({}))),
    }),
  });
  const { host, call } = dashboard;
  await host.registry.add(
    'sandbox',
    { settings: { ...settings, SLACK_SEND_SUCCESS: 'true' } },
    { mayReference: true },
  );
  const runOnce = async () => {
    await call('/api/tenants/sandbox/run', {});
    await host.runner.idle();
    const { runs } = (await call('/api/tenants/sandbox/runs')).json;
    return (await call(`/api/tenants/sandbox/runs/${runs[0]?.id}`)).json.record;
  };
  const fail = async (service: string, isDown: boolean) =>
    expect((await call('/api/sandbox/outage', { service, isDown })).status).toBe(204);
  const state = (reply: Reply): SandboxState => JSON.parse(reply.text);
  return { dashboard, sandbox, call, runOnce, fail, stateNow: async () => state(await call('/api/sandbox')) };
}

test.each([
  ['auth0', /Auth0 returned 503/],
  ['segment', /returned 503/],
])('an outage of %s fails the run at once, and the next one sends everything', async (service, cause) => {
  const { runOnce, fail, sandbox, stateNow } = await open();
  expect((await runOnce())?.error).toBeUndefined();
  await fail(service, true);
  expect((await stateNow()).down).toMatchObject({ [service]: true, slack: false });
  const failed = await runOnce();
  expect(failed?.error?.message).toMatch(cause);
  await fail(service, false);
  expect((await runOnce())?.error).toBeUndefined();
  const sent = new Set(sandbox.segment.tracks().map(({ messageId }) => messageId));
  expect(sent.size).toBe([...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id).length);
});

test('user searches fail while users can be looked up by id, and one outage ends without another', async () => {
  const { fail, sandbox } = await open();
  const id = encodeURIComponent(sandbox.tenant.selectedLogs().next().value?.user_id ?? '');
  const statuses = async () => [
    (await callApi(sandbox, { path: 'users?q=user_id:"auth0|1"' })).status,
    (await callApi(sandbox, { path: `users/${id}` })).status,
  ];
  await fail('searches', true);
  expect(await statuses()).toEqual([503, 200]);
  await fail('auth0', true);
  await fail('searches', false);
  expect((await fetch(`${sandbox.tenant.url}/api/v2/users`)).status).toBe(503);
  await fail('auth0', false);
  expect(await statuses()).toEqual([200, 200]);
});

test('a run sends everything while user searches fail', async () => {
  const { runOnce, fail, sandbox } = await open();
  await fail('searches', true);
  expect((await runOnce())?.error).toBeUndefined();
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('an outage of Slack is a warning, and what Slack got is shown as it shows it', async () => {
  const { call, runOnce, fail, stateNow } = await open();
  await fail('slack', true);
  expect((await runOnce())?.warning).toMatch(/Slack returned 503/);
  expect((await stateNow()).messages).toEqual([]);
  await fail('slack', false);
  await fail('auth0', true);
  await runOnce();
  const { text } = await call('/api/sandbox');
  assertNoSecrets('the sandbox', text);
  const [newest] = (await stateNow()).messages;
  expect(newest?.sections[0]?.text).toMatch(/^:red_circle: \*Auth0 Logs to Segment: Failed\*/);
  expect(newest?.sections.at(-1)?.facts[0]).toMatch(/^\*Logs read\*\n/);
});

test('a tenant whose Slack takes no reports is marked until it takes one, or is written to elsewhere', async () => {
  const { call, dashboard, sandbox, runOnce, fail } = await open();
  const failure = async () => (await call('/api/tenants')).json.tenants[0]?.slackFailure;
  await runOnce();
  expect(await failure()).toBeNull();
  const failReport = async () => {
    await fail('slack', true);
    const { warning } = (await runOnce()) ?? {};
    await fail('slack', false);
    expect(await failure()).toEqual({ at: expect.any(String), message: warning });
  };
  await failReport();
  await runOnce();
  expect(await failure()).toBeNull();

  await failReport();
  const change = (address: string) =>
    dashboard.host.registry.change(
      'sandbox',
      { settings: { SLACK_INCOMING_WEBHOOK: address } },
      { mayReference: true },
    );
  await change(`${sandbox.slack.webhookUrl}x`);
  expect(await failure()).toBeNull();
  await change(sandbox.slack.webhookUrl);
  expect(await failure()).not.toBeNull();
  expect((await call('/api/check', { tenant: 'sandbox', slackMessage: true })).text).toMatch(
    /"name":"Slack","state":"ok"/,
  );
  expect(await failure()).toBeNull();
  assertNoSecrets('the list', (await call('/api/tenants')).text);
});

test('Segment rejects a few calls where that is asked for, and takes them in a replay when it works again', async () => {
  const { call, dashboard, runOnce, fail, sandbox } = await open();
  expect((await runOnce())?.rejected).toEqual([]);
  await fail('calls', true);
  const run = await runOnce();
  expect(run?.rejected).toHaveLength(3);
  const path = '/api/tenants/sandbox/last-events';
  const list = async (): Promise<LastEventList> => JSON.parse((await call(path)).text);
  const rejected = (await list()).events.filter(({ result }) => result === 'rejected');
  expect(rejected.map(({ logId }) => logId).toSorted()).toEqual(
    run?.rejected.map(({ logId }) => logId).toSorted(),
  );
  await fail('calls', false);
  expect((await call('/api/tenants/sandbox/replay', { from: rejected.at(-1)?.logId })).status).toBe(200);
  await dashboard.host.runner.idle();
  const received = new Set(sandbox.segment.tracks().map(({ messageId }) => messageId));
  for (const { messageId } of rejected) expect(received).toContain(messageId);
});

test('who logs in for an outage does so now, and is known to the sandbox after its next start', async () => {
  const [folder, clock] = [await temporaryFolder(), fakeClock()];
  const first = await openSandboxWorld(folder, clock);
  const before = first.sandbox.tenant.logCount;
  first.logIn(3);
  const written = [...first.sandbox.tenant.allLogs()].slice(before);
  await first.close();
  expect(written.filter(({ type, user_id }) => ['s', 'ss', 'f'].includes(type) && user_id)).toHaveLength(3);
  for (const { date } of written) expect(Date.parse(date)).toBe(clock.now());

  await clock.advance(60_000);
  const second = await openSandboxWorld(folder, clock);
  const known = new Set([...second.sandbox.tenant.allLogs()].map(({ log_id }) => log_id));
  await second.close();
  for (const { log_id } of written) expect(known).toContain(log_id);
});

test('without the sandbox nothing can be made to fail, and what is no service is refused', async () => {
  const plain = await openTestDashboard();
  for (const reply of [
    await plain.call('/api/sandbox'),
    await plain.call('/api/sandbox/outage', { service: 'auth0', isDown: true }),
  ]) {
    expect([reply.status, reply.json.error]).toEqual([404, 'no_sandbox']);
  }
  const { call } = await open();
  const refused = await call('/api/sandbox/outage', { service: 'dns', isDown: true });
  expect([refused.status, refused.json.error]).toEqual([400, 'invalid_input']);
});
