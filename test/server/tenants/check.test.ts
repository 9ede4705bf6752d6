import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { SandboxOptions } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { checkTenant } from '../../../server/tenants/check';
import type { CheckLine } from '../../../server/tenants/check-line';
import { assertNoSecrets } from '../../support/assert-no-secrets';
import { fakeClock } from '../../support/fake-clock';
import { openSandbox } from '../sandbox/open-sandbox';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR_MS = 3_600_000;
/** Of the last five hours. */
const logs = generateLogs({ count: 60, users: 10, start: NOW - 5 * HOUR_MS, stepMs: HOUR_MS / 12 });

async function open(options: SandboxOptions = {}, settings: Record<string, string> = {}) {
  const sandbox = await openSandbox({
    ...options,
    tenant: { logs, now: () => NOW, plan: 'essentials', ...options.tenant },
  });
  const clock = fakeClock({ now: NOW, skipsWaits: true });
  const { EXTENSION_SECRET: _, ...own } = sandbox.secrets();
  const run = async (slackMessage = false, testEventOnly = false) => {
    const lines: CheckLine[] = [];
    const all = checkTenant(
      { ...own, ...settings },
      { clock, fetch, random: () => 0.5, stop: new AbortController().signal },
      { slackMessage, testEventOnly },
    );
    for await (const line of all) lines.push(line);
    assertNoSecrets('a check', lines);
    return lines;
  };
  return { sandbox, clock, run };
}

/** Such as `Token ok`. */
const statesOf = (lines: readonly CheckLine[]) => lines.map(({ name, state }) => `${name} ${state}`);
const textOf = (lines: readonly CheckLine[], name: string) => {
  const line = lines.find((one) => one.name === name);
  return line ? [line.text, line.remedy].filter(Boolean).join(' ') : '';
};

test('a check whose user search returns 503 looks the user up by id, as a run does', async () => {
  const { sandbox, run } = await open();
  const fault = { kind: 'status' as const, status: 503 };
  sandbox.tenant.faults.add({ endpoint: 'user-search', times: Number.POSITIVE_INFINITY, fault });
  const lines = await run();
  expect(statesOf(lines)).toContain('read:users ok');
  expect(textOf(lines, 'Users')).toMatch(/was looked up and found/);
  expect(sandbox.tenant.requests).toMatchObject({ 'user-search': 1, user: 1 });
});

test('a tenant that can be exported: every line is ok and says what was seen', async () => {
  const { sandbox, run } = await open();
  const lines = await run(true);
  expect(statesOf(lines)).toEqual([
    'Settings ok',
    'Token ok',
    'read:logs ok',
    'Logs ok',
    'read:users ok',
    'Users ok',
    'Clock ok',
    'Segment ok',
    'Slack ok',
  ]);
  expect(textOf(lines, 'Logs')).toMatch(/^Of the 60 logs of the last day \d+ are exported: \d+ /);
  expect(textOf(lines, 'Logs')).toContain('The oldest log that the tenant keeps is 5 h old.');
  expect(textOf(lines, 'Logs')).toMatch(/Auth0 allows \d+ requests at once \(x-ratelimit-limit\)/);
  expect(textOf(lines, 'Users')).toMatch(/was looked up and found/);
  expect(textOf(lines, 'Segment')).toMatch(/key that ends in 7Jp2\. It does so for any key/);
  expect(textOf(lines, 'Segment')).toMatch(/Debugger of the source/);
  expect(sandbox.segment.received).toMatchObject([
    {
      type: 'identify',
      userId: 'auth0-logs-to-segment-check',
      traits: {},
      messageId: expect.stringMatching(/^auth0-identify-check-\d+-[0-9a-f]{16}$/),
    },
  ]);
  expect(sandbox.slack.messages).toHaveLength(1);
});

test('Slack gets a message only where that is asked for', async () => {
  const { sandbox, run } = await open();
  expect(statesOf(await run())).not.toContain('Slack ok');
  expect(sandbox.slack.requests).toBe(0);
});

test('a refused client secret fails at once, and leaves out what depends on it, but not Segment', async () => {
  const { sandbox, clock, run } = await open({}, { AUTH0_CLIENT_SECRET: 'wrong-secret-Jd8a' });
  const lines = await run();
  expect(statesOf(lines)).toEqual(['Settings ok', 'Token failure', 'Clock ok', 'Segment ok']);
  expect(textOf(lines, 'Token')).toMatch(/Auth0 returned 401.*Copy AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET/);
  expect(textOf(lines, 'Token')).toMatch(/Because of this the scopes, logs and users were left out\.$/);
  expect(JSON.stringify(lines)).not.toContain('wrong-secret');
  expect(sandbox.tenant.requests.token).toBe(1);
  expect(clock.asked).toEqual([]);
});

test('each missing scope is named with its remedy, and the other one is checked all the same', async () => {
  const withoutUsers = await open({ tenant: { scopes: ['read:logs'] } });
  const lines = await withoutUsers.run();
  expect(statesOf(lines)).toEqual([
    'Settings ok',
    'Token ok',
    'read:logs ok',
    'Logs ok',
    'read:users failure',
    'Clock ok',
    'Segment ok',
  ]);
  expect(textOf(lines, 'read:users')).toMatch(
    /lacks the scope read:users\. Grant it .* the check of users was left out/,
  );

  const withoutLogs = await (await open({ tenant: { scopes: ['read:users'] } })).run();
  expect(statesOf(withoutLogs)).toEqual([
    'Settings ok',
    'Token ok',
    'read:logs failure',
    'read:users ok',
    'Users ok',
    'Clock ok',
    'Segment ok',
  ]);
});

test('a page of a proxy with 403 is not a missing scope, and a token that names no scopes is not one without them', async () => {
  const { sandbox, run } = await open();
  const body = JSON.stringify({ access_token: sandbox.tenant.issueToken(), expires_in: 86_400 });
  sandbox.tenant.faults.add({ endpoint: 'token', times: 9, fault: { kind: 'body', body } });
  const blocked = { kind: 'status', status: 403, body: '<html>Blocked</html>' } as const;
  sandbox.tenant.faults.add({ endpoint: 'logs', times: 9, fault: blocked });
  const lines = await run();
  expect(textOf(lines, 'read:logs')).toBe('Not confirmed: the call failed for another reason.');
  expect(textOf(lines, 'Logs')).toMatch(/returned 403 .*Allow requests from this machine to that host/);
  expect(JSON.stringify(lines)).not.toMatch(/Grant read|lacks the scope/);
});

test('a domain that does not resolve fails at once, and so does one where nothing answers', async () => {
  // "invalid" is reserved: no resolver knows a name in it.
  const unknown = await open({}, { AUTH0_DOMAIN: 'no-such-tenant.invalid' });
  const lines = await unknown.run();
  expect(statesOf(lines)).toEqual(['Settings ok', 'Token failure', 'Segment ok']);
  expect(textOf(lines, 'Token')).toMatch(/no-such-tenant\.invalid .*host name/);
  expect(unknown.clock.asked).toEqual([]);

  const closed = await open();
  await closed.sandbox.tenant.server.close();
  expect(statesOf(await closed.run())).toEqual(['Settings ok', 'Token failure', 'Segment ok']);
  expect(closed.clock.asked).toEqual([]);
});

test('a tenant without logs, and one whose logs are older than a day, are warned of', async () => {
  const none = await open({ tenant: { logs: [] } });
  const lines = await none.run();
  expect(statesOf(lines)).toContain('Logs warning');
  expect(textOf(lines, 'Logs')).toMatch(/has no logs.*Log in to one of its applications/);

  const old = generateLogs({ count: 20, users: 5, start: NOW - 72 * HOUR_MS, stepMs: 1_000 });
  const quiet = await (await open({ tenant: { logs: old } })).run();
  expect(statesOf(quiet)).toContain('Logs warning');
  expect(textOf(quiet, 'Logs')).toMatch(/Of the 0 logs of the last day 0 are exported\. .* is 3 days old/);
});

test('what CLIENTS and CONNECTIONS name and no recent log is of is warned of, with what the logs name', async () => {
  const named = { type: 's' as const, client_id: 'tQ1', client_name: 'Shop', connection: 'google-oauth2' };
  const tenant = { logs: [0, 1, 2].map((at) => ({ ...logs.at(at), ...named })) };

  const right = await open({ tenant }, { CLIENTS: 'TQ1, shop', CONNECTIONS: 'Google-OAuth2' });
  expect(statesOf(await right.run())).toContain('Logs ok');

  const mistyped = await open({ tenant }, { CLIENTS: 'Shop, Shopp', CONNECTIONS: 'google' });
  const lines = await mistyped.run();
  expect(statesOf(lines)).toContain('Logs warning');
  expect(textOf(lines, 'Logs')).toContain(
    'CLIENTS has "Shopp", which none of the newest 3 sign-ups and logins names. They name "Shop". ' +
      'CONNECTIONS has "google", which none of the newest 3 sign-ups and logins names. They name "google-oauth2". ' +
      'Correct what is mistyped.',
  );
});

test('settings that cannot be used are said, and Auth0 is checked as far as it can be', async () => {
  const { run } = await open({}, { SEGMENT_KEY: '' });
  const lines = await run();
  expect(statesOf(lines).filter((state) => !state.endsWith(' ok'))).toEqual(['Settings failure']);
  expect(textOf(lines, 'Settings')).toMatch(/SEGMENT_KEY is missing.*Segment was left out/);
  expect(statesOf(lines)).not.toContain('Segment ok');

  const nothing = await (await open({}, { AUTH0_DOMAIN: 'acme tenant' })).run();
  expect(statesOf(nothing)).toEqual(['Settings failure']);
});

test('a test event alone asks Auth0 nothing, and settings that cannot be used keep it from being sent', async () => {
  const { sandbox, run } = await open();
  expect(statesOf(await run(false, true))).toEqual(['Segment ok']);
  expect(sandbox.tenant.requests.token).toBe(0);
  const broken = await open({}, { SEGMENT_KEY: '' });
  const lines = await broken.run(false, true);
  expect(statesOf(lines)).toEqual(['Settings failure']);
  expect(textOf(lines, 'Settings')).toContain('SEGMENT_KEY is missing');
});

test('Segment refusing, and Segment not answering', async () => {
  const refusing = await open(
    { segment: { unknownKeyStatus: 401 } },
    { SEGMENT_KEY: 'not-a-key-of-a-source' },
  );
  const lines = await refusing.run();
  expect(statesOf(lines)).toContain('Segment failure');
  expect(textOf(lines, 'Segment')).toMatch(/Segment returned 401 .* Check SEGMENT_KEY/);
  expect(JSON.stringify(lines)).not.toContain('not-a-key');

  const gone = await open();
  await gone.sandbox.segment.server.close();
  expect(textOf(await gone.run(), 'Segment')).toMatch(/could not be reached/);
});

test('a passing failure is tried again for a few seconds, one that stays fails', async () => {
  const passing = await open();
  passing.sandbox.tenant.faults.add({ endpoint: 'logs', fault: { kind: 'status', status: 503 } });
  expect(statesOf(await passing.run())).toContain('Logs ok');

  const staying = await open();
  staying.sandbox.tenant.faults.add({
    endpoint: 'logs',
    times: Infinity,
    fault: { kind: 'status', status: 503 },
  });
  const lines = await staying.run();
  expect(statesOf(lines)).toEqual([
    'Settings ok',
    'Token ok',
    'read:logs ok',
    'Logs failure',
    'read:users ok',
    'Users ok',
    'Clock ok',
    'Segment ok',
  ]);
  expect(textOf(lines, 'read:logs')).toMatch(/No call has confirmed it/);
  expect(staying.clock.asked.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(5_000);
});

test.each([
  [
    '/services/T000/B000/another-token',
    /says invalid_token: the last part of the address is not valid\..* Check SLACK_INCOMING_WEBHOOK/,
  ],
  ['/services/T111/B000/another-token', /says no_service: the webhook is disabled.* Make a new webhook/],
])('Slack refusing %s is told by its cause', async (path, cause) => {
  const { sandbox } = await open();
  const { run } = await open({}, { SLACK_INCOMING_WEBHOOK: `${sandbox.slack.url}${path}` });
  const lines = await run(true);
  expect(statesOf(lines)).toContain('Slack failure');
  expect(textOf(lines, 'Slack')).toMatch(cause);
  expect(JSON.stringify(lines)).not.toContain('another-token');
});

test('a channel that is archived is to be restored, which no other webhook address would change', async () => {
  const { sandbox, run } = await open();
  sandbox.slack.faults.add({ fault: { kind: 'status', status: 410, body: 'channel_is_archived' } });
  const text = textOf(await run(true), 'Slack');
  expect(text).toMatch(/says channel_is_archived.* not affected\. Restore the channel in Slack/);
  expect(text).not.toContain('SLACK_INCOMING_WEBHOOK');
});

test('Slack that does not answer, no webhook, and one that is not Slack', async () => {
  const closed = await open();
  await closed.sandbox.slack.server.close();
  expect(textOf(await closed.run(true), 'Slack')).toMatch(/The connection was refused/);

  const none = await open({}, { SLACK_INCOMING_WEBHOOK: '' });
  expect(statesOf(await none.run(true))).toContain('Slack warning');

  const other = await open({}, { SLACK_INCOMING_WEBHOOK: 'https://hooks.example.com/services/x' });
  const lines = await other.run(true);
  expect(statesOf(lines)).toContain('Settings warning');
  expect(textOf(lines, 'Slack')).toMatch(/is not Slack's/);
});

test.each([
  [90_000, 'warning', /clock is 90 s behind Auth0's/],
  [-90_000, 'warning', /clock is 89 s ahead of Auth0's/],
  [3_000, 'ok', /3 s apart/],
])('a clock of Auth0 that is %i ms ahead is a %s', async (ms, state, text) => {
  const { run } = await open({ tenant: { now: () => NOW + ms } });
  const lines = await run();
  expect(statesOf(lines)).toContain(`Clock ${state}`);
  expect(textOf(lines, 'Clock')).toMatch(text);
});

test('what somebody else answers in the place of Auth0 is no token, and is not repeated', async () => {
  const impostor = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"hello":"captive portal"}');
  });
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    impostor.close();
  });
  const { port } = impostor.address() as AddressInfo;
  const { run } = await open({}, { AUTH0_DOMAIN: `127.0.0.1:${port}` });
  const lines = await run();
  expect(statesOf(lines)).toContain('Token failure');
  expect(textOf(lines, 'Token')).toMatch(/check AUTH0_DOMAIN/);
  expect(JSON.stringify(lines)).not.toContain('captive');
});
