import { expect, test } from 'vitest';
import { cookieName } from '../../../server/web/cookies';
import { cookieHeader } from './cookie-header';
import { expectRefusal } from './expect-refusal';
import { openExtension } from './open-extension';

const name = { container: 'container', jtn: 'name' };
const ADDRESSES = [
  ['the shared domain', { path: '/api/run/container/name', mount: { ...name, url_format: 1 } }],
  ['a custom domain', { path: '/name', mount: { ...name, url_format: 2 } }],
  ['a custom domain with the container', { path: '/container/name', mount: { ...name, url_format: 2 } }],
  ['a wildcard domain', { path: '/name', mount: { ...name, url_format: 3 } }],
  ['a host of its own', { path: '' }],
] as const;

test.each(ADDRESSES)('the login knows its address on %s, with and without WT_URL', async (_name, mounted) => {
  for (const withoutAddress of [false, true]) {
    const extension = await openExtension({ ...mounted, withoutAddress });
    const { address, authorization } = extension;
    const login = await extension.begin();
    expect(login.location.origin + login.location.pathname).toBe(`http://${authorization.rta}/authorize`);
    expect(Object.fromEntries(login.location.searchParams)).toEqual({
      client_id: address,
      redirect_uri: `${address}/login/callback`,
      response_type: 'token id_token',
      response_mode: 'form_post',
      scope: 'openid name email',
      audience: 'https://tenant.eu.auth0.com/api/v2/',
      expiration: '3600',
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    const finished = await extension.finish(login);
    expect([finished.status, finished.headers.location]).toEqual([303, `${address}/login/done`]);
    const path = `${mounted.path}/api/report`;
    const headers = { cookie: cookieHeader(finished.cookies) };
    const confirmed = await extension.send({ path: `${mounted.path}/login/done`, headers });
    expect([confirmed.status, confirmed.headers.location]).toEqual([303, `${address}/`]);
    expect((await extension.send({ path, headers })).status).toBe(200);
    // Right without the slash at its end, too.
    expect((await extension.send({ path: mounted.path || '/', headers })).status).toBe(200);
  }
});

test('PUBLIC_WT_URL goes before WT_URL, wherever the request came in', async () => {
  const extension = await openExtension({
    path: '/name',
    mount: { ...name, url_format: 3 },
    secrets: { PUBLIC_WT_URL: 'https://logs.example.com/segment/' },
  });
  const { location, cookies } = await extension.begin();
  expect(location.searchParams.get('client_id')).toBe('https://logs.example.com/segment');
  expect(location.searchParams.get('redirect_uri')).toBe('https://logs.example.com/segment/login/callback');
  expect(cookies.every((cookie) => cookie.includes('; Path=/segment;'))).toBe(true);
});

test('the browser remembers nonce and state, each twice, out of reach of scripts and of plain HTTP', async () => {
  const { address, begin } = await openExtension();
  const { cookies, state, nonce } = await begin();
  const [stateName, nonceName] = [cookieName('state', address), cookieName('nonce', address)];
  const rest = '; Path=/; Max-Age=600; HttpOnly; Secure';
  expect(cookies).toEqual([
    `${stateName}=${state}${rest}; SameSite=None`,
    `${stateName}-compat=${state}${rest}`,
    `${nonceName}=${nonce}${rest}; SameSite=None`,
    `${nonceName}-compat=${nonce}${rest}`,
  ]);
});

test('a browser that knows no SameSite=None signs in by the other pair', async () => {
  const extension = await openExtension();
  const login = await extension.begin();
  const cookie = `${cookieName('state', extension.address)}-compat=${login.state}; ${cookieName('nonce', extension.address)}-compat=${login.nonce}`;
  expect((await extension.finish(login, { cookie })).status).toBe(303);
});

test.each(['parsed', 'text'] as const)(
  'the callback is understood where the platform leaves it %s',
  async (readBody) => {
    const extension = await openExtension({ readBody });
    expect((await extension.finish(await extension.begin())).status).toBe(303);
  },
);

test('a login whose session cookie the browser did not keep ends with a page that names the cause and the remedy', async () => {
  const extension = await openExtension();
  const finished = await extension.finish(await extension.begin());
  const path = new URL(finished.headers.location ?? '').pathname;
  const { status, body, headers } = await extension.send({ path, headers: { accept: 'text/html' } });
  expect([status, headers.location]).toEqual([403, undefined]);
  expect(body).toContain('this browser did not keep the session cookie. Allow cookies for this site');
  expectRefusal(extension, await extension.send({ path }), 403, 'session_not_kept');
});

test('the login page of the sandbox refuses to be framed, as that of Auth0 does', async () => {
  const extension = await openExtension();
  const { location } = await extension.begin();
  const { status, headers } = await fetch(location);
  expect([status, headers.get('x-frame-options')]).toEqual([200, 'DENY']);
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
});

test('the platform learns where administrators may be led', async () => {
  const extension = await openExtension();
  const { body } = await extension.send({ path: '/.well-known/oauth2-client-configuration' });
  expect(JSON.parse(body)).toEqual({
    redirect_uris: [`${extension.address}/login/callback`],
    client_name: 'Auth0 Logs to Segment',
    post_logout_redirect_uris: [extension.address],
  });
});
