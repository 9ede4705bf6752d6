import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  addTenant,
  credentials,
  openTestDashboard,
  type TestDashboard,
  type TestDashboardOptions,
  tenantOf,
} from './open-test-dashboard';

const PASSWORD = 'correct horse battery staple';
const TOKEN = 'metrics-token-0123456789-abcdefghij';
const MINUTE = 60_000;

type Headers = Record<string, string>;

/** Sends a change. */
const post = (dashboard: TestDashboard, path: string, headers: Headers, body: object = {}) =>
  dashboard.send('POST', path, { headers, body });

/** Sends a password, from an address of this machine. */
const enter = (dashboard: TestDashboard, password: string, headers: Headers = {}, from = '127.0.0.1') =>
  dashboard.send('POST', '/api/login', { body: { password }, headers, from });

/** What a browser sends from now on, of an answer's cookies. */
const cookiesOf = (reply: { headers: Record<string, string | string[] | undefined> }) =>
  [reply.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';')[0] ?? '');

/** Signs in, and answers with what the page then sends. */
async function signIn(dashboard: TestDashboard, before: Headers = {}) {
  const reply = await enter(dashboard, PASSWORD, before);
  expect(reply.status).toBe(204);
  const [session = '', device = ''] = cookiesOf(reply);
  const cookie = `${session}; ${device}`;
  const { json } = await dashboard.send('GET', '/api/session', { headers: { ...before, cookie } });
  return { cookie, device, headers: { ...before, cookie, 'x-csrf-token': json.csrfToken } };
}

/** A Dashboard with a password, and a clock that a test moves. */
async function openLocked(options: TestDashboardOptions = {}) {
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  const dashboard = await openTestDashboard({ password: PASSWORD, now: () => clock.now, ...options });
  return { dashboard, clock };
}

describe('guessing the password', () => {
  test('a thousand guesses at once: five are looked at, and the rest wait longer each time', async () => {
    const { dashboard, clock } = await openLocked();
    const tries = await Promise.all(Array.from({ length: 1000 }, (_, n) => enter(dashboard, `wrong ${n}`)));
    const counts = (status: number) => tries.filter((one) => one.status === status).length;
    expect([counts(401), counts(429)]).toEqual([5, 995]);
    const waits: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      const blocked = await enter(dashboard, PASSWORD);
      expect([blocked.status, blocked.json.error]).toEqual([429, 'too_many_tries']);
      const wait = Number(blocked.headers['retry-after']);
      waits.push(wait);
      clock.now += wait * 1000;
      expect((await enter(dashboard, `wrong again ${n}`)).status).toBe(401);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900]);
    clock.now += 900_000;
    expect((await enter(dashboard, PASSWORD)).status).toBe(204);
  });

  test('whoever guesses keeps nobody else out, nor a browser at the same address that signed in before', async () => {
    const { dashboard } = await openLocked();
    const { device } = await signIn(dashboard);
    for (let n = 0; n < 5; n += 1) expect((await enter(dashboard, `wrong ${n}`)).status).toBe(401);
    expect((await enter(dashboard, PASSWORD)).status).toBe(429);
    expect((await enter(dashboard, PASSWORD, {}, '127.0.0.2')).status).toBe(204);
    expect((await enter(dashboard, PASSWORD, { cookie: device })).status).toBe(204);
    for (const forged of ['x', `${device.slice(0, -4)}AAAA`, 'dashboard-device=a.b', 'dashboard-device=.']) {
      expect((await enter(dashboard, PASSWORD, { cookie: forged })).status).toBe(429);
    }
  });

  test('a browser that signed in before has no more guesses than others', async () => {
    const { dashboard } = await openLocked();
    const { device } = await signIn(dashboard);
    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      statuses.push((await enter(dashboard, `wrong ${n}`, { cookie: device }, `127.0.0.${n + 2}`)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('refusals that cost nothing do not count', async () => {
    const { dashboard } = await openLocked();
    for (let n = 0; n < 10; n += 1) {
      expect((await enter(dashboard, 'x'.repeat(1025))).status).toBe(413);
      expect((await dashboard.send('POST', '/api/login', { body: {} })).status).toBe(400);
    }
    expect((await enter(dashboard, PASSWORD)).status).toBe(204);
  });

  test('a header that no proxy has set makes nobody somebody else', async () => {
    const { dashboard } = await openLocked();
    for (let n = 0; n < 5; n += 1) await enter(dashboard, 'wrong', { 'x-forwarded-for': `203.0.113.${n}` });
    expect((await enter(dashboard, PASSWORD, { 'x-forwarded-for': '203.0.113.99' })).status).toBe(429);
  });

  test('behind a trusted proxy clients are told apart, IPv6 by its /64', async () => {
    const { dashboard } = await openLocked({ trustProxy: '127.0.0.1' });
    const from = (address: string) => ({ 'x-forwarded-for': `1.2.3.4, ${address}` });
    for (let n = 0; n < 5; n += 1) {
      expect((await enter(dashboard, 'wrong', from(`2606:4700:0:1::${n}`))).status).toBe(401);
    }
    expect((await enter(dashboard, PASSWORD, from('2606:4700:0:1:ffff::99'))).status).toBe(429);
    expect((await enter(dashboard, PASSWORD, from('2606:4700:0:2::1'))).status).toBe(204);
    expect((await enter(dashboard, PASSWORD, from('203.0.113.7'))).status).toBe(204);
    expect(dashboard.log.join('\n')).toContain('203.0.113.7  signed in');
  });

  test('no more than a few wait to be looked at; the rest are sent away, which does not count', async () => {
    const { dashboard } = await openLocked();
    const clients = Array.from({ length: 60 }, (_, n) => `127.0.1.${n + 1}`);
    const tries = await Promise.all(clients.map((from) => enter(dashboard, 'wrong', {}, from)));
    const busy = tries.filter(({ status }) => status === 503);
    expect(busy.length).toBeGreaterThan(30);
    expect(busy[0]).toMatchObject({ headers: { 'retry-after': '1' }, json: { error: 'busy' } });
    expect(tries.every(({ status }) => status === 503 || status === 401)).toBe(true);
  });

  test('a guess whose client has gone is dropped before it costs anything', async () => {
    const { dashboard } = await openLocked();
    const body = JSON.stringify({ password: 'wrong' });
    const gone = Array.from({ length: 5 }, () => {
      const socket = connect({ port: dashboard.port, host: '127.0.0.1', localAddress: '127.0.2.1' });
      onTestFinished(() => void socket.destroy());
      socket.write(
        `POST /api/login HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        () => socket.destroy(),
      );
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await Promise.all(gone);
    // Those that wait are looked at in turn, so what was dropped is dropped by then.
    expect((await enter(dashboard, PASSWORD)).status).toBe(204);
    expect((await enter(dashboard, PASSWORD, {}, '127.0.2.1')).status).toBe(204);
  });
});

describe('metrics', () => {
  const ask = (dashboard: TestDashboard, authorization?: string, headers: Headers = {}) =>
    dashboard.send('GET', '/metrics', {
      headers: { ...headers, ...(authorization ? { authorization } : {}) },
    });
  const basic = (text: string) => `Basic ${Buffer.from(`prometheus:${text}`).toString('base64')}`;

  test('open with their token, and not with the password: sixty guesses at once get nothing', async () => {
    const { dashboard } = await openLocked({ metricsToken: TOKEN });
    expect((await ask(dashboard, `Bearer ${TOKEN}`)).text).toContain('logs_to_segment_runs_total');
    for (const wrong of [
      undefined,
      basic(PASSWORD),
      basic(TOKEN),
      'Bearer x',
      `Bearer ${TOKEN}x`,
      'Bearer ',
    ]) {
      const reply = await ask(dashboard, wrong);
      expect([wrong, reply.status, reply.json.error]).toEqual([wrong, 401, 'token_needed']);
      expect(reply.text).not.toContain('logs_to_segment');
    }
    const guesses = await Promise.all(
      Array.from({ length: 60 }, (_, n) => ask(dashboard, basic(n === 40 ? PASSWORD : `wrong ${n}`))),
    );
    expect(guesses.every(({ status }) => status === 401)).toBe(true);
  });

  test('without a token they need a session where there is a password, and with one they need it always', async () => {
    const { dashboard } = await openLocked();
    expect((await ask(dashboard, 'Bearer ')).status).toBe(401);
    const { headers } = await signIn(dashboard);
    expect((await ask(dashboard, undefined, headers)).status).toBe(200);
    const open = await openTestDashboard({ metricsToken: TOKEN });
    expect((await ask(open)).status).toBe(401);
    expect((await ask(open, `Bearer ${TOKEN}`)).status).toBe(200);
  });
});

describe('a proxy in front', () => {
  test.each([
    { 'x-forwarded-for': '203.0.113.5' },
    { 'x-forwarded-host': 'exporter.example.com' },
    { 'x-forwarded-proto': 'https' },
    { 'x-real-ip': '203.0.113.5' },
    { forwarded: 'for=203.0.113.5' },
    { via: '1.1 proxy' },
  ])('%j: without a password nobody is let in by it', async (headers) => {
    const dashboard = await openTestDashboard();
    for (const path of ['/', '/api/session', '/api/dashboard', '/healthz', '/metrics']) {
      const reply = await dashboard.send('GET', path, { headers });
      expect([path, reply.status, reply.json.error]).toEqual([path, 403, 'proxied_without_password']);
      expect(reply.json.message).toContain('Set DASHBOARD_PASSWORD');
    }
  });

  test('nor by HTTP/1.0, which nginx speaks where nobody has told it otherwise', async () => {
    const dashboard = await openTestDashboard();
    const socket = connect({ port: dashboard.port, host: '127.0.0.1' });
    socket.end('GET /api/dashboard HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).not.toContain('fields');
  });

  test('with a password they are let in, with cookies that never travel in the clear', async () => {
    for (const options of [{ publicUrl: 'https://exporter.example.com' }, { trustProxy: '1' }]) {
      const { dashboard } = await openLocked(options);
      const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.5' };
      const reply = await enter(dashboard, PASSWORD, headers);
      const cookies = [reply.headers['set-cookie'] ?? []].flat();
      expect(cookies).toHaveLength(2);
      for (const cookie of cookies) {
        expect(cookie).toMatch(
          /^__Host-dashboard-\w+=[\w.-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/,
        );
      }
      const [session = ''] = cookiesOf(reply);
      const state = (cookie: string) =>
        dashboard.send('GET', '/api/dashboard', { headers: { ...headers, cookie } });
      expect((await state(session)).status).toBe(200);
      // Without the prefix somebody on the way may have set it.
      expect((await state(session.replace('__Host-', ''))).status).toBe(401);
    }
  });
});

describe('sessions end', () => {
  /** Opens a live stream. */
  const stream = async (dashboard: TestDashboard, headers: Headers) => {
    const response = await fetch(`${dashboard.url}/api/live`, { headers });
    expect(response.status).toBe(200);
    return response;
  };

  test.each(['/api/logout', '/api/sessions/end', '/api/login', 'idle', 'twelve hours'])(
    'by %s: the live stream of it, too',
    async (how) => {
      const { dashboard, clock } = await openLocked();
      const { headers } = await signIn(dashboard);
      const live = await stream(dashboard, headers);
      if (how === 'idle') clock.now += 30 * MINUTE;
      else if (how === 'twelve hours') {
        for (let n = 0; n < 12 * 3; n += 1) {
          await dashboard.send('GET', '/api/session', { headers });
          clock.now += 20 * MINUTE;
        }
      } else expect((await post(dashboard, how, headers, { password: PASSWORD })).status).toBe(204);
      expect((await dashboard.send('GET', '/api/dashboard', { headers })).status).toBe(401);
      expect((await post(dashboard, '/api/tenants/acme/run', headers)).status).toBe(401);
      // It has an end.
      expect(await live.text()).toContain('retry');
    },
  );

  test('idle is who does nothing: what the page asks for by itself keeps nothing open', async () => {
    const { dashboard, clock } = await openLocked();
    const { headers } = await signIn(dashboard);
    const ask = async (path: string) => (await dashboard.send('GET', path, { headers })).status;
    for (const looked of ['/api/sessions', '/api/tenants', '/api/tenants/acme', '/metrics']) {
      clock.now += 29 * MINUTE;
      await ask('/api/session');
      clock.now += 29 * MINUTE;
      await ask(looked);
      clock.now += MINUTE;
      expect([looked, await ask('/api/dashboard')]).toEqual([looked, 401]);
      Object.assign(headers, (await signIn(dashboard)).headers);
    }
    await addTenant(dashboard, 'acme');
    clock.now += 29 * MINUTE;
    await post(dashboard, '/api/tenants/acme/state', headers, { isActive: true });
    clock.now += 29 * MINUTE;
    expect(await ask('/api/dashboard')).toBe(200);
    clock.now += MINUTE;
    expect(await ask('/api/dashboard')).toBe(401);
  });

  test('logging out ends this one alone, everywhere ends all; the list shows them without what opens them', async () => {
    const { dashboard } = await openLocked();
    const [one, two, three] = [await signIn(dashboard), await signIn(dashboard), await signIn(dashboard)];
    const status = async ({ headers }: { headers: Headers }) =>
      (await dashboard.send('GET', '/api/dashboard', { headers })).status;
    await post(dashboard, '/api/logout', one.headers);
    expect([await status(one), await status(two), await status(three)]).toEqual([401, 200, 200]);
    const list = await dashboard.send('GET', '/api/sessions', { headers: two.headers });
    expect(JSON.parse(list.text)).toEqual([
      expect.objectContaining({ address: '127.0.0.1', isThis: true }),
      expect.objectContaining({ address: '127.0.0.1', isThis: false }),
    ]);
    for (const { cookie, headers } of [two, three]) {
      for (const pair of cookie.split('; ')) expect(list.text).not.toContain(pair.split('=')[1]);
      expect(list.text).not.toContain(headers['x-csrf-token']);
    }
    expect((await post(dashboard, '/api/sessions/end', two.headers)).status).toBe(204);
    expect([await status(two), await status(three)]).toEqual([401, 401]);
  });

  test('a change of the password, which takes a restart, ends every session', async () => {
    const first = await openTestDashboard({ password: PASSWORD });
    const { headers } = await signIn(first);
    await first.host.close();
    const second = await openTestDashboard({ password: 'another good horse staple', folder: first.folder });
    const url = new URL(first.url).host;
    const ask = (path: string, cookies: string) =>
      second.send('GET', path, { headers: { cookie: cookies, host: url } });
    expect((await ask('/api/dashboard', headers.cookie)).status).toBe(401);
  });

  test('a session has ten live streams at most', async () => {
    const { dashboard } = await openLocked();
    const { headers } = await signIn(dashboard);
    const open = await Promise.all(
      Array.from({ length: 12 }, () => fetch(`${dashboard.url}/api/live`, { headers })),
    );
    expect(open.map(({ status }) => status).sort()).toEqual([...Array(10).fill(200), 429, 429]);
    const other = await signIn(dashboard);
    const more = await fetch(`${dashboard.url}/api/live`, { headers: other.headers });
    expect(more.status).toBe(200);
    await Promise.all([...open, more].map(({ body, status }) => status === 200 && body?.cancel()));
  });
});

describe('the password again', () => {
  test('for another tenant, other credentials, and removing it; not for the rest', async () => {
    const { dashboard } = await openLocked();
    const { headers } = await signIn(dashboard);
    await addTenant(dashboard, 'acme');
    const settingsOf = async () => dashboard.host.registry.settingsOf(await tenantOf(dashboard.host, 'acme'));
    const save = (settings: object, password?: string) =>
      post(dashboard, '/api/tenants/acme/settings', headers, { settings, password });
    expect((await save({ ...credentials, BATCH_SIZE: '7' })).status).toBe(204);
    for (const change of [
      { AUTH0_DOMAIN: 'b.auth0.com', AUTH0_CLIENT_SECRET: 'other' },
      { AUTH0_CLIENT_ID: 'other' },
      { AUTH0_CLIENT_SECRET: 'other' },
      { SEGMENT_KEY: 'other-segment-write-key' },
      { SLACK_INCOMING_WEBHOOK: 'https://hooks.slack.com/services/T/B/other-token' },
    ]) {
      const settings = { ...credentials, ...change };
      expect([change, (await save(settings)).json.error]).toEqual([change, 'password_needed']);
      expect((await save(settings, 'wrong')).json.error).toBe('wrong_password');
      expect(await settingsOf()).toMatchObject({ ...credentials, BATCH_SIZE: '7' });
      expect((await save(settings, PASSWORD)).status).toBe(204);
      expect(await settingsOf()).toMatchObject(settings);
      expect((await save(credentials, PASSWORD)).status).toBe(204);
    }
    const clear = ['SLACK_INCOMING_WEBHOOK'];
    const silence = await post(dashboard, '/api/tenants/acme/settings', headers, { settings: {}, clear });
    expect(silence.json.error).toBe('password_needed');
    const remove = (password?: string) =>
      post(dashboard, '/api/tenants/acme/remove', headers, { keepState: true, password });
    expect((await remove()).json.error).toBe('password_needed');
    expect((await remove('wrong')).json.error).toBe('wrong_password');
    expect(await dashboard.host.registry.list()).toHaveLength(1);
    expect((await remove(PASSWORD)).status).toBe(204);
    expect(await dashboard.host.registry.list()).toEqual([]);
  });

  test('guessing it there is counted as at the door', async () => {
    const { dashboard } = await openLocked();
    await addTenant(dashboard, 'acme');
    const { headers } = await signIn(dashboard);
    const body = { keepState: true, deleteApplication: false, password: 'wrong' };
    const statuses: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      statuses.push((await dashboard.send('POST', '/api/tenants/acme/remove', { headers, body })).status);
    }
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
  });
});

test('who came in, was refused, changed something: with time and address, in one line each, without a secret', async () => {
  const { dashboard } = await openLocked();
  await addTenant(dashboard, 'acme');
  const { headers } = await signIn(dashboard);
  for (let n = 0; n < 3; n += 1) await enter(dashboard, 'wrong\n2026 forged', {}, '127.0.0.9');
  await dashboard.send('GET', '/%0aforged', { headers: { host: 'evil.example' } });
  await dashboard.send('POST', '/api/tenants/acme/state', { headers, body: { isActive: false } });
  await post(dashboard, '/api/tenants', headers, { name: 'acme', settings: credentials });
  await dashboard.send('POST', '/api/logout', { headers, body: {} });
  const lines = dashboard.log.map((line) => line.replace('2026-01-01T00:00:00.000Z  Dashboard  ', ''));
  expect(lines).toEqual([
    '127.0.0.1  signed in',
    '127.0.0.9  refused: wrong_password',
    expect.stringMatching(/^127\.0\.0\.1 {2}refused: unknown_host$/),
    '127.0.0.1  switched tenant acme off',
    '127.0.0.1  signed out',
  ]);
  expect(dashboard.log.join()).not.toMatch(/correct horse|forged/);
});

test('malformed percent-encoding is refused as what it is, on every path', async () => {
  const dashboard = await openTestDashboard();
  for (const path of [
    '/%',
    '/api/tenants/acme/runs/%E0%A4%A',
    '/%zz',
    '/api/dashboard?x=%',
    '/api/tenants/%ff',
  ]) {
    const reply = await dashboard.send('GET', path);
    expect([path, reply.status, reply.json.error]).toEqual([path, 400, 'malformed_address']);
  }
});

test('a NUL character in an address or a JSON body is refused on every path', async () => {
  const dashboard = await openTestDashboard();
  await addTenant(dashboard, 'acme');
  for (const path of [
    '/%00',
    '/api/tenants/%00',
    '/api/tenants/acme/runs/a%00b',
    '/api/tenants?search=%00',
    '/healthz?%00',
  ]) {
    const reply = await dashboard.send('GET', path);
    expect([path, reply.status, reply.json.error]).toEqual([path, 400, 'nul_character']);
  }
  for (const body of [{ name: '\0' }, { 'a\0b': 1 }, { settings: { list: [{ deep: 'x\0' }] } }]) {
    for (const path of ['/api/tenants', '/api/login', '/api/tenants/acme/settings', '/api/none']) {
      const reply = await dashboard.call(path, body);
      expect([path, body, reply.status, reply.json.error]).toEqual([path, body, 400, 'nul_character']);
    }
  }
  // The six characters of the escape are no NUL.
  expect((await dashboard.call('/api/tenants', { name: '\\u0000' })).json.error).not.toBe('nul_character');
});

test('a deeply nested JSON body is refused as a body, not as a fault', async () => {
  const dashboard = await openTestDashboard();
  const { json } = await dashboard.send('GET', '/api/session');
  const reply = await dashboard.send('POST', '/api/tenants', {
    body: `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
    headers: { 'content-type': 'application/json', 'x-csrf-token': json.csrfToken },
  });
  expect(reply.status).toBeLessThan(500);
});
