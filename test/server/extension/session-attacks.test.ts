import { jwtVerify, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createSessionCookie, sessionKey } from '../../../server/extension/session';
import { cookieName } from '../../../server/web/cookies';
import { expectRefusal } from './expect-refusal';
import { openExtension } from './open-extension';

const HOUR = 3_600_000;
const owner = { subject: 'google-oauth2|1', email: 'ada@example.com' };
const report = (cookie: string) => ({ path: '/api/report', headers: { cookie } });
const cookieOf = (setCookie: string) => setCookie.split(';')[0] ?? '';
const tokenOf = (cookie: string) => cookie.split('=')[1] ?? '';

test('a session opens the report; without one it is closed, and the page leads to the login', async () => {
  const extension = await openExtension();
  const cookie = await extension.signIn();
  expect((await extension.send(report(cookie))).status).toBe(200);
  expectRefusal(extension, await extension.send(report('')), 401, 'no_session');
  const page = await extension.send({ path: '/' });
  expect([page.status, page.headers.location]).toEqual([302, `${extension.address}/login`]);
});

test('a session holds who signed in and for how long, and no token of Auth0’s', async () => {
  const extension = await openExtension();
  const { cookies } = await extension.finish(await extension.begin());
  const session =
    cookies.find((cookie) => cookie.startsWith(`${cookieName('session', extension.address)}=`)) ?? '';
  // It ends with the id token, which may have been made in the second before.
  expect(session).toMatch(/; Path=\/; Max-Age=(3600|3599); HttpOnly; Secure; SameSite=Lax$/);
  const key = sessionKey(extension.secrets.EXTENSION_SECRET ?? '', 'session');
  const { payload, protectedHeader } = await jwtVerify(tokenOf(cookieOf(session)), key);
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'session+jwt' });
  const { address, authorization } = extension;
  expect(payload).toEqual({
    sub: authorization.administrator.sub,
    email: authorization.administrator.email,
    iss: address,
    aud: `${address}#session`,
    iat: expect.any(Number),
    exp: expect.toBeOneOf([Number(payload.iat) + 3600, Number(payload.iat) + 3599]),
  });
});

test('a session ends after an hour, or with the id token that it came from', async () => {
  const extension = await openExtension();
  const cookie = await extension.signIn();
  const soon = Math.floor(Date.now() / 1000) + 120;
  const short = await extension.finish(await extension.begin(), { id: { claims: { exp: soon } } });
  const shortCookie = cookieOf(short.cookies.at(-1) ?? '');
  expect((await extension.send(report(shortCookie))).status).toBe(200);
  extension.advance(121_000);
  expectRefusal(extension, await extension.send(report(shortCookie)), 401, 'no_session');
  expect((await extension.send(report(cookie))).status).toBe(200);
  extension.advance(HOUR);
  expectRefusal(extension, await extension.send(report(cookie)), 401, 'no_session');
});

test('the session of another extension is none here, nor is one of another address of this secret', async () => {
  const extension = await openExtension();
  const secret = extension.secrets.EXTENSION_SECRET ?? '';
  const now = Date.now();
  const foreign = [
    { extensionSecret: 'another-secret-9sPq2Lw8', baseUrl: extension.address, owner, now },
    { extensionSecret: secret, baseUrl: `${extension.address}/other`, owner, now },
    { extensionSecret: secret, baseUrl: 'https://evil.example', owner, now },
  ];
  for (const options of foreign) {
    const cookie = cookieOf(await createSessionCookie(options));
    expectRefusal(extension, await extension.send(report(cookie)), 401, 'no_session');
  }
  const own = cookieOf(
    await createSessionCookie({ extensionSecret: secret, baseUrl: extension.address, owner, now }),
  );
  expect((await extension.send(report(own))).status).toBe(200);
});

test('a token that was signed for something else is no session', async () => {
  const extension = await openExtension();
  const { address, secrets } = extension;
  const secret = secrets.EXTENSION_SECRET ?? '';
  const login = await extension.begin();
  const claims = () =>
    new SignJWT(owner).setSubject('x').setIssuer(address).setExpirationTime('1h').setIssuedAt();
  const raw = new TextEncoder().encode(secret);
  const made = [
    login.state,
    await claims()
      .setAudience(`${address}#session`)
      .setProtectedHeader({ alg: 'HS256', typ: 'session+jwt' })
      .sign(raw),
    await claims()
      .setAudience(`${address}#session`)
      .setProtectedHeader({ alg: 'HS256', typ: 'session+jwt' })
      .sign(sessionKey(secret, 'login')),
    await claims()
      .setAudience(address)
      .setProtectedHeader({ alg: 'HS256', typ: 'session+jwt' })
      .sign(sessionKey(secret, 'session')),
    await claims()
      .setAudience(`${address}#session`)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(sessionKey(secret, 'session')),
    await claims()
      .setIssuer('https://evil.example')
      .setAudience(`${address}#session`)
      .setProtectedHeader({ alg: 'HS256', typ: 'session+jwt' })
      .sign(sessionKey(secret, 'session')),
    (await extension.authorization.mint({ clientId: address, audience: 'x', nonce: '' })).idToken,
  ];
  for (const token of made) {
    const cookie = `${cookieName('session', address)}=${token}`;
    expectRefusal(extension, await extension.send(report(cookie)), 401, 'no_session');
  }
});

test('a session whose signature or content was touched is none, nor is one without a signature', async () => {
  const extension = await openExtension();
  const token = tokenOf(await extension.signIn());
  const [header = '', payload = '', signature = ''] = token.split('.');
  const none = Buffer.from('{"alg":"none","typ":"session+jwt"}').toString('base64url');
  const other = Buffer.from(payload, 'base64url').toString().replace('ada@', 'eve@');
  for (const touched of [
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${header}.${Buffer.from(other).toString('base64url')}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    `${header}.${payload}`,
    '..',
    'x',
  ]) {
    const answer = await extension.send(report(`${cookieName('session', extension.address)}=${touched}`));
    expectRefusal(extension, answer, 401, 'no_session');
  }
});

test('a session is taken from its cookie only: not from the address, nor from another header', async () => {
  const extension = await openExtension();
  const token = tokenOf(await extension.signIn());
  for (const name of ['token', 'access_token', 'session', cookieName('session', extension.address)]) {
    const answer = await extension.send({ path: `/api/report?${name}=${token}` });
    expectRefusal(extension, answer, 401, 'no_session');
  }
  const answer = await extension.send({
    path: '/api/report',
    headers: { authorization: `Bearer ${token}`, 'x-session': token },
  });
  expectRefusal(extension, answer, 401, 'no_session');
});

test('a session starts no run, whether it comes as a cookie or as a token', async () => {
  const extension = await openExtension();
  const cookie = await extension.signIn();
  const body = JSON.stringify({ schedule: '0 */5 * * * *', state: 'active' });
  const json = { 'content-type': 'application/json' };
  for (const headers of [
    { ...json, cookie },
    { ...json, authorization: `Bearer ${tokenOf(cookie)}` },
    { ...json, cookie, authorization: `Bearer ${tokenOf(cookie)}` },
  ]) {
    const answer = await extension.send({ method: 'POST', path: '/', headers, body });
    expectRefusal(extension, answer, 401, 'unauthorized');
  }
  expect(extension.runs).toBe(0);
});

test('logging out takes the session away here and at the login server; another site cannot have it done', async () => {
  const extension = await openExtension();
  const cookie = await extension.signIn();
  const left = await extension.send({ path: '/logout', headers: { cookie } });
  expect(left.status).toBe(303);
  const end = new URL(left.headers.location ?? '');
  expect(end.origin + end.pathname).toBe(`http://${extension.authorization.rta}/v2/logout`);
  expect(end.searchParams.get('returnTo')).toBe(extension.address);
  expect(left.cookies).toEqual([expect.stringMatching(/^logs-to-segment-session-\w+=; Path=\/; Max-Age=0;/)]);

  const headers = { cookie, 'sec-fetch-site': 'cross-site' };
  const fromElsewhere = await extension.send({ path: '/logout', headers });
  expect(fromElsewhere.cookies).toEqual([]);
  expect(fromElsewhere.headers.location).toBe(`${extension.address}/`);
});
