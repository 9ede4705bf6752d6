import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import {
  addSandboxTenant,
  addTenant,
  credentials,
  openTestDashboard,
  type TestDashboard,
  tenantOf,
} from './open-test-dashboard';

const settingsOf = async ({ host }: TestDashboard, name: string) =>
  host.registry.settingsOf(await tenantOf(host, name));
const given = (settings: Record<string, string>, schedule?: string) => ({
  tenant: 'default',
  settings,
  schedule,
  timeZone: undefined,
});

test('the form: what is required first, with labels, kinds and defaults', async () => {
  const { call } = await openTestDashboard();
  const { fields } = (await call('/api/dashboard')).json;
  expect(fields.slice(0, 10).map(({ label, kind }) => `${label} ${kind}`)).toEqual([
    'Domain text',
    'Client ID text',
    'Client secret password',
    'Segment write key password',
    'Batch size text',
    'Start from text',
    'Slack webhook password',
    'Report successful runs select',
    'Daily report select',
    'Segment region select',
  ]);
  const of = (name: string) => fields.find((field) => field.name === name);
  expect(of('BATCH_SIZE')).toMatchObject({ value: '100', isRequired: false, setBy: '' });
  expect(of('SEGMENT_KEY')).toMatchObject({ value: '', isRequired: true, isSaved: false });
  const inGroup = (group: string) => fields.filter((field) => field.group === group).map(({ name }) => name);
  expect(inGroup('connection')).toEqual([
    'AUTH0_DOMAIN',
    'AUTH0_CLIENT_ID',
    'AUTH0_CLIENT_SECRET',
    'SEGMENT_KEY',
    'SEGMENT_REGION',
  ]);
  expect(inGroup('when')).toEqual(['START_FROM']);
  expect(inGroup('slack')).toEqual(['SLACK_INCOMING_WEBHOOK', 'SLACK_SEND_SUCCESS', 'SLACK_DAILY_REPORT']);
  expect(inGroup('advanced')).toEqual(['BATCH_SIZE']);
  expect(inGroup('sent')).toContain('EXCLUDE_FIELDS');
});

test.each([
  ['SEGMENT_KEY', '', /required/],
  ['BATCH_SIZE', 'abc', /whole number from 1 to 100/],
  ['BATCH_SIZE', '0', /whole number from 1 to 100/],
  ['START_FROM', 'not a log id!', /no checkpoint ID/],
  ['SLACK_INCOMING_WEBHOOK', 'http://example.com/hook', /not an https URL/],
  ['SLACK_INCOMING_WEBHOOK', 'https://evil.example/x', /leads to "evil\.example", which is not Slack's/],
  ['SLACK_SEND_SUCCESS', 'Perhaps', /one of: true, false/],
  ['SEGMENT_REGION', 'APAC', /one of: US, EU/],
  ['SEGMENT_KEY', 'a\nb', /one line/],
  ['AUTH0_DOMAIN', 'https://tenant.auth0.com/path', /domain alone/],
  ['AUTH0_CLIENT_ID', '', /required/],
])('%s %j is refused beside its field, and nothing is saved', async (name, value, words) => {
  const { call, host } = await openTestDashboard();
  const reply = await call('/api/tenants', { name: 'acme', settings: { ...credentials, [name]: value } });
  expect(reply.status).toBe(422);
  expect(reply.json.problems).toEqual({ [name]: expect.stringMatching(words) });
  expect(await host.registry.list()).toEqual([]);
});

test('a saved secret stays when it is left empty, changes when it is entered, goes when it is cleared', async () => {
  const dashboard = await openTestDashboard();
  await addTenant(dashboard, 'acme', { SLACK_INCOMING_WEBHOOK: 'https://hooks.slack.com/services/x' });
  const save = (settings: object, clear: string[] = []) =>
    dashboard.call('/api/tenants/acme/settings', { settings, clear });
  const before = await settingsOf(dashboard, 'acme');
  expect((await save({ SEGMENT_KEY: '', SLACK_INCOMING_WEBHOOK: ' ', BATCH_SIZE: '7' })).status).toBe(204);
  expect(await settingsOf(dashboard, 'acme')).toEqual({ ...before, BATCH_SIZE: '7' });
  expect((await save({ SEGMENT_KEY: 'another-segment-write-key' }, ['SLACK_INCOMING_WEBHOOK'])).status).toBe(
    204,
  );
  expect(await settingsOf(dashboard, 'acme')).toMatchObject({
    SEGMENT_KEY: 'another-segment-write-key',
    SLACK_INCOMING_WEBHOOK: '',
  });
  expect(Object.keys((await save({}, ['SEGMENT_KEY'])).json.problems)).toEqual(['SEGMENT_KEY']);
  const { changes } = (await dashboard.call('/api/tenants/acme')).json;
  expect(changes.map(({ name, from, to }) => [name, from, to])).toContainEqual([
    'SEGMENT_KEY',
    '(secret)',
    '(secret)',
  ]);
});

test.each(['', ' ', '\t', '\u00a0'])(
  'with a secret of %j the domain does not move: a saved secret meets no other',
  async (blank) => {
    const dashboard = await openTestDashboard();
    await addTenant(dashboard, 'acme');
    const moved = { AUTH0_DOMAIN: 'evil.example', AUTH0_CLIENT_SECRET: blank };
    const refused = await dashboard.call('/api/tenants/acme/settings', { settings: moved });
    expect([refused.status, refused.json.problems.AUTH0_CLIENT_SECRET]).toEqual([
      422,
      expect.stringContaining('entered again'),
    ]);
    expect(await settingsOf(dashboard, 'acme')).toMatchObject(credentials);
  },
);

test('the settings of the environment are shown and not changed, with where they come from', async () => {
  const dashboard = await openTestDashboard({
    given: given({ ...credentials, BATCH_SIZE: '20' }, '0 0 * * * *'),
  });
  await dashboard.host.refresh(true);
  const { fields, schedule, summary } = JSON.parse((await dashboard.call('/api/tenants/default')).text);
  expect(summary).toMatchObject({ origin: 'environment', domain: 'a.auth0.com' });
  const of = (name: string) => fields.find((field: { name: string }) => field.name === name);
  expect(of('BATCH_SIZE')).toMatchObject({ value: '20', setBy: 'environment' });
  expect(of('SEGMENT_KEY')).toMatchObject({
    value: '',
    isSaved: true,
    hint: '…KdRt',
    setBy: 'environment',
  });
  expect(of('AUTH0_CLIENT_SECRET')).toMatchObject({ isSaved: true, hint: '' });
  expect(schedule.setBy).toBe('SCHEDULE');
  const save = (settings: object) => dashboard.call('/api/tenants/default/settings', { settings });
  expect((await save({ BATCH_SIZE: '20', SEGMENT_REGION: 'EU' })).status).toBe(204);
  const refused = await save({ BATCH_SIZE: '50' });
  expect([refused.status, refused.json.problems.BATCH_SIZE]).toEqual([
    422,
    expect.stringContaining('Change it there'),
  ]);
  expect(await settingsOf(dashboard, 'default')).toMatchObject({ BATCH_SIZE: '20', SEGMENT_REGION: 'EU' });
  const removed = await dashboard.call('/api/tenants/default/remove', {
    keepState: false,
    deleteApplication: true,
  });
  expect([removed.status, removed.json.error]).toEqual([409, 'read_only']);
});

test('of a declared tenant only the switch can be changed, and the refusal names the file', async () => {
  const folder = await temporaryFolder();
  const tenantsFile = join(folder, 'tenants.yaml');
  const lines = Object.entries(credentials).map(([name, text]) => `      ${name}: ${text}`);
  await writeFile(tenantsFile, `tenants:\n  - name: acme\n    settings:\n${lines.join('\n')}\n`, {
    mode: 0o600,
  });
  const { call, host } = await openTestDashboard({ tenantsFile });
  await host.refresh(true);
  for (const [path, body] of [
    ['settings', { settings: { BATCH_SIZE: '5' } }],
    ['schedule', { schedule: '0 0 * * * *', timeZone: 'UTC' }],
    ['replay', { from: '900' }],
    ['remove', { keepState: true }],
  ] as const) {
    const refused = await call(`/api/tenants/acme/${path}`, body);
    expect([path, refused.status, refused.json.error]).toEqual([path, 409, 'read_only']);
    expect(refused.json.message).toContain('tenants.yaml');
  }
  const { fields } = JSON.parse((await call('/api/tenants/acme')).text);
  expect(new Set(fields.map(({ setBy }: { setBy: string }) => setBy))).toEqual(new Set(['TENANTS_FILE']));
  expect((await call('/api/tenants/acme/state', { isActive: false })).status).toBe(204);
});

test.each([{}, { settings: { BATCH_SIZE: 5 } }, { settings: { SEGMENT_KEY: 'x'.repeat(5000) } }])(
  'what no page sends is refused: %j',
  async (body) => {
    const dashboard = await openTestDashboard();
    await addTenant(dashboard, 'acme');
    expect((await dashboard.call('/api/tenants/acme/settings', body)).status).toBe(400);
  },
);

test('no answer holds a secret', async () => {
  const dashboard = await openTestDashboard({ env: { HIDDEN: 'write-key-Xv92KdRt' } });
  const tenant = { clientSecret: 'client-secret-Zq81LmPw', logs: generateLogs({ count: 50, users: 5 }) };
  const world = { tenant, segment: { writeKey: 'write-key-Xv92KdRt' }, slack: { token: 'hook-secret-Jw73' } };
  await addSandboxTenant(dashboard, 'acme', world);
  const { host, call } = dashboard;
  await host.registry.change('acme', { settings: { SEGMENT_KEY: 'env:HIDDEN' } }, { mayReference: true });
  const finished = await host.runner.run(await tenantOf(host, 'acme'), 'manual', 0);
  const secrets = [host.secret, tenant.clientSecret, world.segment.writeKey, world.slack.token];
  const replies = await Promise.all(
    [
      '/',
      '/api/session',
      '/api/dashboard',
      '/api/tenants',
      '/api/tenants/acme',
      '/api/tenants/acme/runs',
      `/api/tenants/acme/runs/${finished?.id}`,
      '/healthz',
      '/metrics',
    ].map((path) => call(path)),
  );
  replies.push(
    await call('/api/tenants/acme/settings', {
      settings: { BATCH_SIZE: 'x', SLACK_INCOMING_WEBHOOK: 'a\nb' },
    }),
  );
  const all = replies.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n');
  expect(all).toContain('env:HIDDEN');
  for (const secret of secrets) {
    expect(all).not.toContain(secret);
    expect(all).not.toContain(Buffer.from(secret).toString('base64'));
  }
  expect(all).not.toContain('jwe:');
});
