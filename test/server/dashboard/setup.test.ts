import { expect, test } from 'vitest';
import type { NewSetup } from '../../../server/dashboard/api/view';
import type { SandboxOptions } from '../../../server/sandbox/sandbox';
import { openSandbox } from '../sandbox/open-sandbox';
import { openTestDashboard, type TestDashboardOptions, tenantOf } from './open-test-dashboard';

async function open(options: TestDashboardOptions = {}, sandboxOptions: SandboxOptions = {}) {
  const sandbox = await openSandbox(sandboxOptions);
  const dashboard = await openTestDashboard(options);
  const setup = (more: Partial<NewSetup> = {}) =>
    dashboard.call('/api/setup', {
      name: 'acme',
      domain: `https://${sandbox.tenant.domain}/`,
      token: sandbox.tenant.issueToken(),
      settings: { SEGMENT_KEY: sandbox.segment.writeKey, SLACK_INCOMING_WEBHOOK: '' },
      ...more,
    });
  return { sandbox, setup, ...dashboard };
}

const reportOf = (text: string): { lines: { step: string; outcome: string }[]; problem: string } =>
  JSON.parse(text);

test('a tenant is set up with a token, and what was done is answered line by line', async () => {
  const { setup, host, sandbox, log } = await open();
  const { status, text } = await setup();
  expect(status).toBe(200);
  expect(reportOf(text)).toMatchObject({
    problem: '',
    lines: expect.arrayContaining(
      [
        ['application', 'created', 'Created the application'],
        ['grant', 'created', 'Granted'],
        ['tenant', 'created', 'Stored tenant'],
        ['check', 'ok', 'read:logs: Granted'],
      ].map(([step, outcome, text]) => ({ step, outcome, text: expect.stringContaining(text ?? '') })),
    ),
  });
  const tenant = await tenantOf(host, 'acme');
  expect(await host.registry.settingsOf(tenant)).toMatchObject({
    AUTH0_DOMAIN: sandbox.tenant.domain,
    SEGMENT_KEY: sandbox.segment.writeKey,
  });
  expect(log.join('\n')).toContain('set up tenant acme in Auth0');
});

test('an administrative application, and a log stream with a token of its own', async () => {
  const { setup, sandbox, host } = await open();
  const { clientId, clientSecret } = sandbox.tenant.administrator;
  const { status, text } = await setup({
    token: '',
    clientId,
    clientSecret,
    push: 'https://exporter.example.com',
  });
  expect(status).toBe(200);
  expect(text).not.toContain('a0ls_');
  expect(sandbox.tenant.streams.list()).toMatchObject([
    {
      sink: {
        httpEndpoint: 'https://exporter.example.com/log-streams/acme',
        httpAuthorization: expect.stringMatching(/^Bearer a0ls_/),
      },
    },
  ]);
  const [stream] = sandbox.tenant.streams.list();
  const token = String(stream?.sink.httpAuthorization).replace('Bearer ', '');
  expect(await host.triggerTokens.find('acme', token)).toBeDefined();
});

test('a refusal half-way answers what was done and why it ended; the setup continues from there', async () => {
  const { setup, sandbox } = await open();
  const half = await setup({ token: sandbox.tenant.issueToken(['read:clients', 'create:clients']) });
  expect(half.status).toBe(200);
  expect(reportOf(half.text)).toMatchObject({
    lines: [{ step: 'application', outcome: 'created' }],
    problem: expect.stringContaining('The token lacks the scope read:client_grants.'),
  });
  expect(reportOf((await setup()).text).lines[0]).toMatchObject({ outcome: 'found' });
});

test.each([
  ['a token that Auth0 refuses', { token: 'wrong-token-Bq8' }, /Get a new one under Applications/],
  ['no credentials', { token: '' }, /What Auth0 is administered with is missing/],
  ['a domain that is none', { domain: 'a b' }, /^AUTH0_DOMAIN is "a b"/],
  ['no write key', { settings: {} }, /^SEGMENT_KEY is required/],
  [
    'a reference to a file',
    { settings: { SEGMENT_KEY: 'file:/etc/passwd' } },
    /is a reference to a secret on this machine/,
  ],
  [
    'a setting of the command line',
    { settings: { SEGMENT_KEY: 'segment-write-key-1', SEGMENT_ENDPOINT: 'http://a' } },
    /is no setting of a tenant/,
  ],
  [
    'a setting of the application',
    { settings: { SEGMENT_KEY: 'segment-write-key-1', AUTH0_CLIENT_ID: 'a' } },
    /which makes it by itself/,
  ],
  ['an address without https', { push: 'http://exporter.example.com' }, /Auth0 posts to https only/],
  ['a name that is none', { name: 'Acme Inc' }, /^The name is "Acme Inc"/],
])('%s is refused, and nothing is made', async (_what, more, sentence) => {
  const { setup, sandbox, host } = await open();
  const { status, json, text } = await setup(more as Partial<NewSetup>);
  expect(status).toBe(422);
  expect(['setup_refused', 'invalid_settings']).toContain(json.error);
  expect(json.message).toMatch(sentence);
  expect(text).not.toContain('Bq8');
  expect(sandbox.tenant.clients()).toHaveLength(2);
  expect(await host.registry.list()).toEqual([]);
});

test('everything that is wrong with what was entered is said at once, by field', async () => {
  const { setup } = await open();
  const wrong = { name: '', domain: '', settings: { BATCH_SIZE: 'many' } };
  const problemsOf = async (more: Partial<NewSetup>) =>
    (await setup({ ...wrong, token: '', ...more })).json.problems;
  const ofSettings = ['AUTH0_DOMAIN', 'BATCH_SIZE', 'SEGMENT_KEY'];
  const all = await problemsOf({ push: 'http://exporter.example.com' });
  expect(Object.keys(all).sort()).toEqual([...ofSettings, 'name', 'push', 'token']);
  expect(all.push).toMatch(/^The address of this exporter is "http:/);
  const half = await problemsOf({ clientId: 'admin', push: '' });
  expect(Object.keys(half).sort()).toEqual([...ofSettings, 'clientSecret', 'name', 'push']);
  const none = await problemsOf({ clientId: '', clientSecret: '' });
  expect(Object.keys(none).sort()).toEqual([...ofSettings, 'clientId', 'clientSecret', 'name']);
});

test('a tenant that is there is set up again with the password alone', async () => {
  const { setup, send, host } = await open({ password: 'Lantern-Orchid-42-Meadow' });
  const session = await send('POST', '/api/login', { body: { password: 'Lantern-Orchid-42-Meadow' } });
  expect(session.status).toBeLessThan(300);
  const cookie = String(session.headers['set-cookie']).split(';')[0] ?? '';
  const { csrfToken } = (await send('GET', '/api/session', { headers: { cookie } })).json;
  const again = (body: object) =>
    send('POST', '/api/setup', { body, headers: { cookie, 'x-csrf-token': csrfToken } });
  await host.registry.add(
    'acme',
    {
      settings: {
        AUTH0_DOMAIN: 'a.auth0.com',
        AUTH0_CLIENT_ID: 'id',
        AUTH0_CLIENT_SECRET: 'secret-1',
        SEGMENT_KEY: 'segment-write-key-1',
      },
    },
    { mayReference: false },
  );
  const body = {
    name: 'acme',
    domain: 'a.auth0.com',
    token: 't',
    settings: { SEGMENT_KEY: 'other-segment-write-key' },
  };
  expect((await again(body)).json.error).toBe('password_needed');
  expect((await setup()).status).toBe(401);
});

test('two setups of a tenant at once are one', async () => {
  const { setup, sandbox } = await open({}, { latencyMs: 20 });
  const answers = await Promise.all([setup(), setup()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(sandbox.tenant.clients()).toHaveLength(3);
});

test('no secret is answered, logged or kept in the open', async () => {
  const { setup, sandbox, log, call } = await open();
  const { clientId, clientSecret } = sandbox.tenant.administrator;
  const texts = [
    (await setup({ token: '', clientId, clientSecret })).text,
    (await call('/api/tenants/acme')).text,
    log.join('\n'),
  ].join('\n');
  const secrets = [
    ...sandbox.tenant.clients().map((client) => client.client_secret),
    ...sandbox.tenant.issuedTokens,
    sandbox.segment.writeKey,
  ];
  for (const secret of secrets) expect(texts).not.toContain(secret);
});
