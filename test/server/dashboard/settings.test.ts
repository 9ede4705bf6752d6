import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { firstInstallation } from '../../../server/tenants/tenants';
import { openTestDashboard } from './open-test-dashboard';

const good = { SEGMENT_KEY: 'write-key-1234', BATCH_SIZE: '50', SEGMENT_REGION: 'EU' };

test('the form comes from the manifest: names, kinds, defaults, what is required', async () => {
  const { call } = await openTestDashboard({ isInstalled: false, overrides: {} });
  const { fields, installed } = (await call('/api/state')).json;
  expect(installed).toBeNull();
  expect(fields.map((field) => `${field.name} ${field.kind}`)).toEqual([
    'AUTH0_DOMAIN text',
    'AUTH0_CLIENT_ID text',
    'AUTH0_CLIENT_SECRET password',
    'BATCH_SIZE text',
    'START_FROM text',
    'SLACK_INCOMING_WEBHOOK password',
    'SLACK_SEND_SUCCESS select',
    'SLACK_DAILY_REPORT select',
    'SEGMENT_KEY password',
    'SEGMENT_REGION select',
  ]);
  const of = (name: string) => fields.find((field) => field.name === name);
  expect(of('BATCH_SIZE')).toMatchObject({ value: '100', isRequired: false });
  expect(of('SEGMENT_KEY')).toMatchObject({ value: '', isRequired: true, isSaved: false });
  expect(of('SEGMENT_REGION')?.options).toHaveLength(2);
});

test('installs with what was entered; the job is on and has its next run', async () => {
  const { call, host } = await openTestDashboard({ isInstalled: false });
  const body = { settings: good, schedule: '0 0 * * * *', timeZone: 'Europe/Berlin' };
  expect((await call('/api/install', body)).status).toBe(204);
  expect(host.installed).toMatchObject({
    settings: good,
    job: { state: 'active', schedule: '0 0 * * * *', tz: 'Europe/Berlin' },
  });
  expect(host.installed?.job.next_available_at).toMatch(/:00:00.000Z$/);
  expect((await call('/api/install', body)).status).toBe(409);
});

test.each([
  ['SEGMENT_KEY', '', /required/],
  ['BATCH_SIZE', 'abc', /whole number from 1 to 100/],
  ['BATCH_SIZE', '0', /whole number from 1 to 100/],
  ['BATCH_SIZE', '-3', /whole number from 1 to 100/],
  ['BATCH_SIZE', '12.5', /whole number from 1 to 100/],
  ['BATCH_SIZE', '250', /whole number from 1 to 100/],
  ['START_FROM', 'not a log id!', /no checkpoint ID/],
  ['START_FROM', '9'.repeat(101), /no checkpoint ID/],
  ['SLACK_INCOMING_WEBHOOK', 'http://example.com/hook', /not an https URL/],
  ['SLACK_INCOMING_WEBHOOK', 'nonsense', /not an https URL/],
  ['SLACK_SEND_SUCCESS', 'Perhaps', /one of: true, false/],
  ['SLACK_INCOMING_WEBHOOK', 'https://evil.example/x', /leads to "evil\.example", which is not Slack's/],
  ['SLACK_DAILY_REPORT', 'x', /one of/],
  ['SEGMENT_REGION', 'APAC', /one of: US, EU/],
  ['SEGMENT_KEY', 'a\nb', /one line/],
  ['AUTH0_DOMAIN', 'https://tenant.auth0.com/', /domain alone/],
  ['AUTH0_CLIENT_ID', '', /required/],
])('%s %j is refused beside its field, and nothing is saved', async (name, value, words) => {
  const { call, host } = await openTestDashboard({ isInstalled: false, overrides: {} });
  const tenant = { AUTH0_DOMAIN: 'a.auth0.com', AUTH0_CLIENT_ID: 'id', AUTH0_CLIENT_SECRET: 'secret' };
  const reply = await call('/api/install', { settings: { ...tenant, ...good, [name]: value } });
  expect(reply.status).toBe(422);
  expect(reply.json.problems).toEqual({ [name]: expect.stringMatching(words) });
  expect(host.installed).toBeNull();
});

test.each([
  ['Yes', 'true'],
  ['No', 'false'],
  ['off', 'false'],
  ['TRUE', 'true'],
])('a switch that was saved, given or entered as %s is shown and kept as %s', async (word, value) => {
  const overrides = { AUTH0_DOMAIN: 'a.auth0.com', AUTH0_CLIENT_ID: 'id', AUTH0_CLIENT_SECRET: 'secret' };
  const { call, host } = await openTestDashboard({
    isInstalled: false,
    overrides: { ...overrides, SLACK_DAILY_REPORT: word },
  });
  await host.update(() => firstInstallation({ ...good, SLACK_SEND_SUCCESS: word }, { timeZone: 'UTC' }, 0));
  const { fields } = (await call('/api/state')).json;
  const of = (name: string) => fields.find((field) => field.name === name);
  expect(of('SLACK_SEND_SUCCESS')).toMatchObject({ value });
  expect(of('SLACK_DAILY_REPORT')).toMatchObject({ value, isOverridden: true });
  // Saving something else neither refuses the old word nor turns it into another.
  expect((await call('/api/settings', { settings: { BATCH_SIZE: '60' } })).status).toBe(204);
  expect(host.installed?.settings).toMatchObject({ BATCH_SIZE: '60', SLACK_SEND_SUCCESS: value });
  expect((await call('/api/settings', { settings: { SLACK_SEND_SUCCESS: word } })).status).toBe(204);
  expect(host.installed?.settings.SLACK_SEND_SUCCESS).toBe(value);
});

test.each([
  ['* * *', 'UTC', /six fields/],
  ['0 */5 * * * *', 'Nowhere', /time zone/],
])('the schedule %j in %s is refused', async (schedule, timeZone, words) => {
  const { call, host } = await openTestDashboard({ isInstalled: false });
  const reply = await call('/api/install', { settings: good, schedule, timeZone });
  expect([reply.status, reply.json.message]).toEqual([422, expect.stringMatching(words)]);
  expect(host.installed).toBeNull();
});

test.each([{}, { settings: { BATCH_SIZE: 5 } }, { settings: { SEGMENT_KEY: 'x'.repeat(5000) } }])(
  'what no page sends is refused: %j',
  async (body) => {
    const { call } = await openTestDashboard({ isInstalled: false });
    expect((await call('/api/install', body)).status).toBe(400);
  },
);

test('a saved secret stays when it is left empty, changes when it is entered, goes when it is cleared', async () => {
  const { call, host } = await openTestDashboard();
  const before = host.installed?.settings ?? {};
  const save = (settings: object, clear: string[] = []) => call('/api/settings', { settings, clear });
  expect((await save({ SEGMENT_KEY: '', SLACK_INCOMING_WEBHOOK: '', BATCH_SIZE: '7' })).status).toBe(204);
  expect(host.installed?.settings).toMatchObject({ ...before, BATCH_SIZE: '7' });
  expect((await save({ SEGMENT_KEY: 'another-key' }, ['SLACK_INCOMING_WEBHOOK'])).status).toBe(204);
  expect(host.installed?.settings).toMatchObject({ SEGMENT_KEY: 'another-key', SLACK_INCOMING_WEBHOOK: '' });
  expect((await save({}, ['SEGMENT_KEY'])).json.problems).toEqual({ SEGMENT_KEY: expect.any(String) });
  expect(host.installed?.settings.SEGMENT_KEY).toBe('another-key');
});

test('a saved secret is not sent to another tenant than the one it was entered for', async () => {
  const { call, host } = await openTestDashboard({ isInstalled: false, overrides: {} });
  const tenant = { AUTH0_DOMAIN: 'a.auth0.com', AUTH0_CLIENT_ID: 'id', AUTH0_CLIENT_SECRET: 'secret-1' };
  expect((await call('/api/install', { settings: { ...tenant, ...good } })).status).toBe(204);
  const moved = { AUTH0_DOMAIN: 'evil.example' };
  const refused = await call('/api/settings', { settings: moved });
  expect(refused.json.problems).toEqual({ AUTH0_CLIENT_SECRET: expect.stringContaining('entered again') });
  expect(host.installed?.settings.AUTH0_DOMAIN).toBe('a.auth0.com');
  const again = { ...moved, AUTH0_CLIENT_SECRET: 'secret-2' };
  expect((await call('/api/settings', { settings: again })).status).toBe(204);
});

const tenantA = { AUTH0_DOMAIN: 'a.auth0.com', AUTH0_CLIENT_ID: 'id', AUTH0_CLIENT_SECRET: 'secret-1' };

test.each(['', ' ', '\t', '\u00a0'])('a secret of %j beside another domain is none', async (blank) => {
  const { call, host } = await openTestDashboard({ isInstalled: false, overrides: {} });
  expect((await call('/api/install', { settings: { ...tenantA, ...good } })).status).toBe(204);
  const moved = { AUTH0_DOMAIN: 'evil.example', AUTH0_CLIENT_SECRET: blank };
  const refused = await call('/api/settings', { settings: moved });
  expect([refused.status, refused.json.problems.AUTH0_CLIENT_SECRET]).toEqual([
    422,
    expect.stringContaining('entered again'),
  ]);
  expect(host.secrets('')).toMatchObject({ AUTH0_DOMAIN: 'a.auth0.com', AUTH0_CLIENT_SECRET: 'secret-1' });
  expect((await call('/api/settings', { settings: { AUTH0_DOMAIN: 'A.auth0.com' } })).status).toBe(204);
});

test('a secret from outside goes to no domain that is entered inside, nor after installing anew', async () => {
  const overrides = { AUTH0_CLIENT_ID: 'id', AUTH0_CLIENT_SECRET: 'secret-1' };
  const { call, host } = await openTestDashboard({ isInstalled: false, overrides });
  const settings = { ...good, AUTH0_DOMAIN: 'evil.example' };
  const refused = await call('/api/install', { settings });
  expect(refused.status).toBe(422);
  expect(refused.json.problems.AUTH0_DOMAIN).toMatch(/given in the same place/);
  // However it came to be saved.
  await host.update(() => firstInstallation(settings, { timeZone: 'UTC' }, Date.now()));
  expect(host.secrets('').AUTH0_CLIENT_SECRET).toBe('');
});

test('a saved secret does not go to another domain that is set by environment or configuration file later', async () => {
  const first = await openTestDashboard({ isInstalled: false, overrides: { AUTH0_DOMAIN: 'a.auth0.com' } });
  const { AUTH0_DOMAIN: _, ...entered } = tenantA;
  expect((await first.call('/api/install', { settings: { ...entered, ...good } })).status).toBe(204);
  await first.host.stop();
  const { folder } = first;
  const second = await openTestDashboard({ folder, overrides: { AUTH0_DOMAIN: 'b.auth0.com' } });
  expect(second.host.secrets('').AUTH0_CLIENT_SECRET).toBe('');
  expect((await second.call('/api/settings', { settings: {} })).status).toBe(422);
  const again = { AUTH0_CLIENT_SECRET: 'secret-2' };
  expect((await second.call('/api/settings', { settings: again })).status).toBe(204);
  expect(second.host.secrets('').AUTH0_CLIENT_SECRET).toBe('secret-2');
});

test('a secret that was saved without its domain meets none that is entered later', async () => {
  const { call, host } = await openTestDashboard({ isInstalled: false, overrides: {} });
  const { AUTH0_DOMAIN: _, ...old } = tenantA;
  await host.update(() => firstInstallation({ ...old, ...good }, { timeZone: 'UTC' }, Date.now()));
  expect((await call('/api/settings', { settings: { AUTH0_DOMAIN: 'evil.example' } })).status).toBe(422);
  expect(host.secrets('').AUTH0_DOMAIN).toBe('');
});

test('what is set by environment or configuration file cannot be changed inside', async () => {
  const overrides = {
    AUTH0_DOMAIN: 'a.auth0.com',
    AUTH0_CLIENT_ID: 'i',
    AUTH0_CLIENT_SECRET: 's',
    BATCH_SIZE: '20',
  };
  const { call, host } = await openTestDashboard({ overrides, schedule: '0 0 * * * *' });
  const { fields, installed } = (await call('/api/state')).json;
  expect(fields.filter((field) => field.isOverridden)).toMatchObject([{ name: 'BATCH_SIZE', value: '20' }]);
  expect(installed?.isScheduleGiven).toBe(true);
  await call('/api/settings', { settings: { BATCH_SIZE: '50' } });
  expect(host.secrets('').BATCH_SIZE).toBe('20');
  expect((await call('/api/job/schedule', { schedule: '0 * * * * *', timeZone: 'UTC' })).status).toBe(409);
});

test('no answer holds a secret', async () => {
  const tenant = { clientSecret: 'client-secret-Zq81LmPw', logs: generateLogs({ count: 50, users: 5 }) };
  const world = { tenant, segment: { writeKey: 'write-key-Xv92KdRt' }, slack: { token: 'hook-secret-Jw73' } };
  const dashboard = await openTestDashboard({ isInstalled: false, overrides: {}, sandbox: world });
  const { EXTENSION_SECRET: _, ...settings } = dashboard.sandbox.secrets();
  await dashboard.host.update(() => firstInstallation(settings, { timeZone: 'UTC' }, Date.now()));
  await dashboard.host.runner.run({ scheduled_at: new Date().toISOString(), trigger: 'manual' });
  const stored = JSON.parse(await readFile(join(dashboard.folder, 'extension.json'), 'utf8'));
  const secrets: string[] = [
    stored.token,
    stored.extensionSecret,
    tenant.clientSecret,
    world.segment.writeKey,
    world.slack.token,
  ];
  const replies = [
    await dashboard.call('/'),
    await dashboard.call('/api/session'),
    await dashboard.call('/api/state'),
    await dashboard.call('/api/executions/1'),
    await dashboard.call('/api/settings', { settings: { BATCH_SIZE: 'x', SEGMENT_KEY: 'a\nb' } }),
    await dashboard.call('/api/settings', { settings: {} }),
    await dashboard.call('/healthz'),
    await dashboard.call('/metrics'),
    await dashboard.call('/auth0-logs-to-segment/meta'),
    await dashboard.call('/extension-page'),
  ];
  const all = replies.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n');
  for (const secret of secrets) {
    expect(all).not.toContain(secret);
    expect(all).not.toContain(Buffer.from(secret).toString('base64'));
  }
});
