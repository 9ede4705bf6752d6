import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { isAllowedHost } from '../../../server/dashboard/access/origin';
import { assertSafeExposure } from '../../../server/dashboard/access/password';
import { addTenant, openTestDashboard, tenantOf } from './open-test-dashboard';

const PASSWORD = 'correct horse battery staple';
const signedIn = async (dashboard: Awaited<ReturnType<typeof openTestDashboard>>) => {
  const login = await dashboard.send('POST', '/api/login', { body: { password: PASSWORD } });
  expect(login.status).toBe(204);
  const [setCookie = ''] = [login.headers['set-cookie'] ?? ''].flat();
  expect(setCookie).toMatch(/HttpOnly; SameSite=Strict/);
  const cookie = setCookie.split(';')[0] ?? '';
  const { json } = await dashboard.send('GET', '/api/session', { headers: { cookie } });
  return { cookie, 'x-csrf-token': json.csrfToken };
};

test('a page of somebody else can change nothing', async () => {
  const dashboard = await openTestDashboard();
  const { json } = await dashboard.send('GET', '/api/session');
  await addTenant(dashboard, 'acme');
  const body = { isActive: false };
  const post = (headers: Record<string, string>) =>
    dashboard.send('POST', '/api/tenants/acme/state', { body, headers });
  const own = { 'x-csrf-token': json.csrfToken };
  const host = new URL(dashboard.url).host;
  for (const foreign of [
    {},
    { 'x-csrf-token': '' },
    { 'x-csrf-token': 'a'.repeat(43) },
    { ...own, 'sec-fetch-site': 'cross-site' },
    { ...own, 'sec-fetch-site': 'same-site' },
    { ...own, origin: 'https://evil.example' },
    { ...own, origin: 'null' },
    { ...own, origin: `http://${host}0` },
  ]) {
    expect((await post(foreign)).status).toBe(403);
  }
  expect(await tenantOf(dashboard.host, 'acme')).toMatchObject({ isActive: true });
  expect((await post({ ...own, 'sec-fetch-site': 'same-origin', origin: dashboard.url })).status).toBe(204);
  expect(await tenantOf(dashboard.host, 'acme')).toMatchObject({ isActive: false });
});

test('a page of somebody else has nothing asked or watched, which would cost rate limit and places', async () => {
  const dashboard = await openTestDashboard();
  await addTenant(dashboard, 'acme');
  for (const path of ['/api/live', '/api/tenants/acme/preview', '/api/dashboard', '/api/session']) {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ]) {
      const reply = await dashboard.send('GET', path, { headers });
      expect([path, reply.status, reply.json.error]).toEqual([path, 403, 'cross_site']);
    }
  }
  // Led there by a link of somebody else, such as in Slack or from a proxy's login, a person sees the Dashboard.
  const page = await dashboard.send('GET', '/', { headers: { 'sec-fetch-site': 'cross-site' } });
  expect(page.status).toBe(200);
  for (const site of ['same-origin', 'none']) {
    const own = await dashboard.send('GET', '/api/session', { headers: { 'sec-fetch-site': site } });
    expect(own.status).toBe(200);
  }
});

test('a form of somebody else, which needs no permission, is no JSON and changes nothing', async () => {
  const dashboard = await openTestDashboard();
  await addTenant(dashboard, 'acme');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const reply = await dashboard.send('POST', '/api/tenants/acme/state', {
      body: '{"isActive":false}',
      headers: { 'content-type': type },
    });
    expect(reply.status).toBe(403);
  }
  expect(await tenantOf(dashboard.host, 'acme')).toMatchObject({ isActive: true });
});

test('a name that somebody points at this machine is not answered, on any path', async () => {
  const dashboard = await openTestDashboard();
  for (const path of ['/', '/api/dashboard', '/api/session', '/metrics', '/healthz', '/api/tenants/acme']) {
    const reply = await dashboard.send('GET', path, { headers: { host: 'rebound.evil.example:3001' } });
    expect([path, reply.status]).toEqual([path, 421]);
    expect(reply.text).toContain('DASHBOARD_URL');
    expect(reply.text).not.toContain('SEGMENT');
  }
});

test.each([
  ['localhost:3001', true],
  ['127.0.0.1', true],
  ['10.1.2.3:80', true],
  ['[::1]:3001', true],
  ['app.localhost', true],
  ['exporter.example.com', true],
  ['Exporter.Example.com.', true],
  ['exporter.example.com.evil.example', false],
  ['evil.example', false],
  ['localhost.evil.example', false],
  ['localhost@evil.example', false],
  ['evil.example#localhost', false],
  ['evil.example/localhost', false],
  ['', false],
  [undefined, false],
])('Host %s: %s', (host, isAllowed) => {
  const names = { publicUrl: 'https://exporter.example.com', operationsHosts: [] };
  expect(isAllowedHost({ headers: { host }, url: '/' }, names)).toBe(isAllowed);
});

test('a name from OPERATIONS_HOSTS is accepted for /healthz and /metrics only', () => {
  const names = { publicUrl: undefined, operationsHosts: ['worker', 'worker.exporter.svc'] };
  const accepted = (host: string, url: string) => isAllowedHost({ headers: { host }, url }, names);
  for (const path of ['/healthz', '/metrics', '/healthz?full']) {
    expect(accepted('worker:3001', path)).toBe(true);
    expect(accepted('WORKER.exporter.svc', path)).toBe(true);
    expect(accepted('evil.example', path)).toBe(false);
  }
  for (const path of ['/', '/api/tenants', '/healthz/../api', '/metricsx']) {
    expect(accepted('worker:3001', path)).toBe(false);
  }
});

/** Method and path of everything that the Dashboard answers, as its source names them: none can be forgotten. */
async function routes(): Promise<[string, string][]> {
  const source = await readFile(new URL('../../../server/dashboard/app.ts', import.meta.url), 'utf8');
  return [...source.matchAll(/^ {2}app\.(get|post)\('([^']+)'/gm)].map(([, method = '', path = '']) => [
    method.toUpperCase(),
    path.replace(':name', 'acme').replace(':id', '1'),
  ]);
}

/** What is answered without a password: it holds no data. */
const OPEN = ['GET /', 'GET /healthz', 'GET /api/session', 'POST /api/login'];

test('behind a password nothing is answered without it', async () => {
  const dashboard = await openTestDashboard({ password: PASSWORD });
  await addTenant(dashboard, 'acme');
  const all = await routes();
  expect(all.length).toBeGreaterThan(30);
  for (const [method, path] of all) {
    if (OPEN.includes(`${method} ${path}`)) continue;
    const reply = await dashboard.send(method, path, method === 'POST' ? { body: {} } : {});
    expect([method, path, reply.status]).toEqual([method, path, 401]);
  }
  expect((await dashboard.send('GET', '/api/session')).json).toEqual({
    isLocked: true,
    hasPassword: true,
    csrfToken: '',
  });
});

test('with the password it opens, and after logging out it is shut', async () => {
  const dashboard = await openTestDashboard({ password: PASSWORD });
  await addTenant(dashboard, 'acme');
  const headers = await signedIn(dashboard);
  expect((await dashboard.send('GET', '/api/dashboard', { headers })).status).toBe(200);
  expect(
    (await dashboard.send('POST', '/api/tenants/acme/state', { headers, body: { isActive: false } })).status,
  ).toBe(204);
  const other = await signedIn(dashboard);
  const mixed = { cookie: other.cookie, 'x-csrf-token': headers['x-csrf-token'] };
  expect(
    (await dashboard.send('POST', '/api/tenants/acme/state', { headers: mixed, body: { isActive: true } }))
      .status,
  ).toBe(403);
  expect((await dashboard.send('POST', '/api/logout', { headers, body: {} })).status).toBe(204);
  expect((await dashboard.send('GET', '/api/dashboard', { headers })).status).toBe(401);
});

test('a password over the limit is refused before anything is computed', async () => {
  const dashboard = await openTestDashboard({ password: PASSWORD });
  const long = await dashboard.send('POST', '/api/login', { body: { password: 'x'.repeat(1025) } });
  expect(long.status).toBe(413);
  const huge = await dashboard.send('POST', '/api/login', { body: { password: 'x'.repeat(100_000) } });
  expect(huge.status).toBe(413);
  for (const body of [{}, { password: 1 }, { password: ['x'] }, 'no json', '[]']) {
    expect((await dashboard.send('POST', '/api/login', { body })).status).toBe(400);
  }
});

test.each([
  [
    { address: '0.0.0.0', publicUrl: undefined, password: '' },
    /ADDRESS is 0\.0\.0\.0.*DASHBOARD_PASSWORD is empty/,
  ],
  [{ address: '192.168.1.5', publicUrl: undefined, password: '' }, /DASHBOARD_PASSWORD is empty/],
  [{ address: '127.0.0.1', publicUrl: 'https://x.example', password: '' }, /DASHBOARD_URL is/],
  [{ address: '127.0.0.1', publicUrl: undefined, password: 'Xq7#vR2!pLz' }, /11 characters.*at least 12/],
  [{ address: '127.0.0.1', publicUrl: undefined, password: 'password1234' }, /common passwords/],
  [{ address: '127.0.0.1', publicUrl: undefined, password: 'qwertyuiop12' }, /common passwords/],
  [{ address: '127.0.0.1', publicUrl: undefined, password: 'aaaaaaaaaaaaaaaa' }, /common passwords/],
  [{ address: '127.0.0.1', publicUrl: undefined, password: 'auth0segment' }, /common passwords/],
  [{ address: '0.0.0.0', publicUrl: undefined, password: 'x'.repeat(1025) }, /1024 bytes at most/],
])('%j does not open', async (door, words) => {
  await expect(assertSafeExposure(door)).rejects.toThrow(words);
});

test.each([
  { address: '127.0.0.1', publicUrl: undefined, password: '' },
  { address: '::1', publicUrl: undefined, password: '' },
  { address: 'localhost', publicUrl: 'http://localhost:8080', password: '' },
  { address: '0.0.0.0', publicUrl: 'https://x.example', password: PASSWORD },
])('%j opens', async (door) => {
  expect(await assertSafeExposure(door)).toEqual([]);
});

test.each([
  { address: '0.0.0.0', publicUrl: undefined, password: PASSWORD },
  { address: '127.0.0.1', publicUrl: 'http://x.example', password: PASSWORD },
])('%j opens with a warning: the password can be read on the way', async (door) => {
  expect(await assertSafeExposure(door)).toEqual([expect.stringMatching(/plain http.*https.*DASHBOARD_URL/)]);
});

test('a fault that nobody foresaw is told to no client, and to the output without secrets and control characters', async () => {
  const dashboard = await openTestDashboard();
  const written = vi.spyOn(console, 'error').mockImplementation(() => {});
  const secrets = ['hunter2-of-postgres', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', '\u001b[2J'];
  Object.assign(dashboard.host.registry, {
    find: () => Promise.reject(new Error(`no way to postgres://exporter:${secrets.join('@db/ ')}`)),
  });
  const reply = await dashboard.send('GET', '/api/tenants/acme');
  const output = written.mock.calls.flat().join('\n');
  written.mockRestore();
  expect([reply.status, reply.json.error]).toEqual([500, 'internal_error']);
  expect(output).toContain('no way to postgres://[redacted]@db/');
  for (const secret of secrets) {
    expect(reply.text).not.toContain(secret);
    expect(output).not.toContain(secret);
  }
});
