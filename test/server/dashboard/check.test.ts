import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { CallPreview, CheckLine } from '../../../server/dashboard/api/check-view';
import { assertNoSecrets } from '../../support/assert-no-secrets';
import { addSandboxTenant, openTestDashboard, type TestDashboard, tenantOf } from './open-test-dashboard';

const linesOf = (text: string): CheckLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

async function openWithTenant() {
  const dashboard = await openTestDashboard();
  const { sandbox, settings } = await addSandboxTenant(dashboard, 'acme');
  return { dashboard, sandbox, settings };
}

const check = async ({ call }: TestDashboard, body: object) => {
  const reply = await call('/api/check', body);
  assertNoSecrets('a check', reply.text);
  return reply;
};

/** A server of somebody else, who would like to have a secret. */
async function openListener() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(`${request.headers.authorization ?? ''} ${body}`);
      response.statusCode = 401;
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { domain: `127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

test('a tenant is checked as it is saved, its secrets included, without showing them', async () => {
  const { dashboard, sandbox } = await openWithTenant();
  const reply = await check(dashboard, { tenant: 'acme', slackMessage: true });
  expect(reply.status).toBe(200);
  const lines = linesOf(reply.text);
  expect(lines.map(({ name }) => name)).toEqual([
    'Settings',
    'Token',
    'read:logs',
    'Logs',
    'read:users',
    'Users',
    'Clock',
    'Segment',
    'Slack',
  ]);
  expect(lines.filter(({ state }) => state === 'failure')).toEqual([]);
  expect(sandbox.slack.messages).toHaveLength(1);
  expect(dashboard.log.join()).toContain('checked the connection of tenant acme');
});

test('what is entered is checked with the saved password that was left empty, and is not saved', async () => {
  const { dashboard } = await openWithTenant();
  const before = await tenantOf(dashboard.host, 'acme');
  const reply = await check(dashboard, {
    tenant: 'acme',
    settings: { AUTH0_CLIENT_ID: 'somebody-else', AUTH0_CLIENT_SECRET: '' },
  });
  const failed = linesOf(reply.text).filter(({ state }) => state === 'failure');
  expect(failed.map(({ name }) => name)).toEqual(['Token']);
  expect(await tenantOf(dashboard.host, 'acme')).toEqual(before);
});

test('a saved client secret is sent to no other domain than its own', async () => {
  const { dashboard } = await openWithTenant();
  const { domain, bodies } = await openListener();
  const reply = await check(dashboard, { tenant: 'acme', settings: { AUTH0_DOMAIN: domain } });
  expect(reply.status).toBe(422);
  expect(reply.json.problems).toMatchObject({
    AUTH0_CLIENT_SECRET: expect.stringMatching(/must be entered again/),
  });
  expect(bodies).toEqual([]);

  const entered = await check(dashboard, {
    tenant: 'acme',
    settings: { AUTH0_DOMAIN: domain, AUTH0_CLIENT_SECRET: 'entered-anew' },
  });
  expect(linesOf(entered.text)).toContainEqual(expect.objectContaining({ name: 'Token', state: 'failure' }));
  expect(bodies.join()).toContain('entered-anew');
  assertNoSecrets('what somebody else got', bodies);
});

test.each([
  ['a reference to the environment', { AUTH0_CLIENT_SECRET: 'env:HOME' }, 'AUTH0_CLIENT_SECRET'],
  ['a reference to a file', { SEGMENT_KEY: 'file:/etc/hostname' }, 'SEGMENT_KEY'],
  ['another place for Segment', { SEGMENT_ENDPOINT: 'http://127.0.0.1:1' }, 'SEGMENT_ENDPOINT'],
  [
    'a webhook that is not Slack',
    { SLACK_INCOMING_WEBHOOK: 'https://example.com/x' },
    'SLACK_INCOMING_WEBHOOK',
  ],
])('%s is refused, for a tenant that is there and for a new one', async (_name, settings, named) => {
  const { dashboard } = await openWithTenant();
  const there = await check(dashboard, { tenant: 'acme', settings });
  expect(there.status).toBe(422);
  expect(there.json.problems).toHaveProperty(named);
  const added = await check(dashboard, {
    settings: {
      AUTH0_DOMAIN: 'a.auth0.com',
      AUTH0_CLIENT_ID: 'a',
      AUTH0_CLIENT_SECRET: 'b',
      SEGMENT_KEY: 'write-key-Xv92KdRt',
      ...settings,
    },
  });
  expect(added.status).toBe(422);
  expect(added.json.problems).toHaveProperty(named);
});

test('a tenant that is yet to be added is checked with what is entered', async () => {
  const dashboard = await openTestDashboard();
  const { domain, bodies } = await openListener();
  const reply = await check(dashboard, {
    settings: { AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: 'a', AUTH0_CLIENT_SECRET: 'b', SEGMENT_KEY: '' },
  });
  expect(reply.status).toBe(422);
  expect(bodies).toEqual([]);
  expect(await dashboard.host.registry.list()).toEqual([]);
});

test('a session has one check at a time, and nobody else any', async () => {
  const { dashboard, sandbox } = await openWithTenant();
  const { csrfToken } = (await dashboard.send('GET', '/api/session')).json;
  const headers = { 'x-csrf-token': csrfToken };
  sandbox.tenant.faults.add({ endpoint: 'token', fault: { kind: 'delay', ms: 500 } });
  const both = await Promise.all(
    [1, 2].map(() => dashboard.send('POST', '/api/check', { body: { tenant: 'acme' }, headers })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 429]);
  expect((await dashboard.send('POST', '/api/check', { body: { tenant: 'acme' } })).status).toBe(403);
  const locked = await openTestDashboard({ password: 'correct horse battery staple' });
  expect((await locked.send('POST', '/api/check', { body: {} })).status).toBe(401);
  expect((await locked.send('GET', '/api/tenants/acme/preview')).status).toBe(401);
});

const previewOf = async ({ call }: TestDashboard, query = ''): Promise<CallPreview> =>
  JSON.parse((await call(`/api/tenants/acme/preview${query}`)).text);

test('a preview shows ten logs, at most fifty, and neither sends nor stores anything', async () => {
  const { dashboard, sandbox } = await openWithTenant();
  const { host } = dashboard;
  await host.registry.change('acme', { settings: { EXCLUDE_FIELDS: 'email' } }, { mayReference: false });
  const tenant = await tenantOf(host, 'acme');
  const before = await host.storeOf(tenant).state.read();
  const preview = await previewOf(dashboard);
  expect(preview).toMatchObject({ logs: 10, moreToCome: true, excluded: ['email'] });
  expect(JSON.stringify(preview.calls)).not.toContain('"email"');
  expect(preview.calls[0]?.application).toBeNull();
  expect((await dashboard.call('/api/tenants/acme/preview?logs=51')).status).toBe(400);
  expect((await previewOf(dashboard, '?logs=50')).moreToCome).toBe(false);
  expect(sandbox.segment.requests).toBe(0);
  expect(await host.storeOf(tenant).state.read()).toEqual(before);
});

test('a preview shows what the run after it sends, also of the newest logs', async () => {
  const { dashboard, sandbox } = await openWithTenant();
  const { host } = dashboard;
  const preview = await previewOf(dashboard, '?logs=50');
  const newest = await previewOf(dashboard, '?logs=3&from=newest');
  await host.runner.run(await tenantOf(host, 'acme'), 'manual', host.now());
  const sent = sandbox.segment.received.map(({ messageId }) => messageId);
  expect(preview.calls.map(({ sent }) => sent.messageId)).toEqual(sent);
  expect(preview.calls.length).toBeGreaterThan(10);
  const tracks = newest.calls.filter(({ kind }) => kind === 'track').map(({ sent }) => sent.messageId);
  expect(tracks).toEqual(sent.slice(-tracks.length));
  // The same, as it left.
  const arrived = sandbox.segment.received.map((event) => JSON.parse(sandbox.segment.jsonOf(event)));
  for (const [place, { sent }] of preview.calls.entries()) {
    expect(arrived[place]).toMatchObject(JSON.parse(JSON.stringify(sent)));
  }
  expect((await previewOf(dashboard)).calls).toEqual([]);
});

test('a preview that fails says why', async () => {
  const { dashboard, sandbox } = await openWithTenant();
  sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault: { kind: 'status', status: 403 } });
  const reply = await dashboard.call('/api/tenants/acme/preview');
  expect(reply.status).toBe(502);
  expect(reply.json.message).toMatch(/lacks the scope read:logs\. Grant it/);
});
