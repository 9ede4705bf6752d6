import { createSecretKey } from 'node:crypto';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createTokenSigner } from '../../../server/sandbox/authorization';
import { cookieName } from '../../../server/web/cookies';
import { cookieHeader } from './cookie-header';
import { expectRefusal } from './expect-refusal';
import { openExtension } from './open-extension';

const MINUTE = 60_000;
const now = () => Math.floor(Date.now() / 1000);

/** The `Cookie` header of a browser that remembers this of a login. */
const cookiesOf =
  ({ address }: { address: string }) =>
  (login: { state?: string; nonce?: string }) =>
    Object.entries(login)
      .map(([part, value]) => `${cookieName(part === 'state' ? 'state' : 'nonce', address)}=${value}`)
      .join('; ');

/** Signed by nobody. */
const unsigned = async (claims: JWTPayload) => new UnsecuredJWT(claims).encode();

describe('a login is refused', () => {
  test('whose tokens are signed by nobody (alg: none)', async () => {
    const extension = await openExtension();
    for (const which of ['id', 'access'] as const) {
      const answer = await extension.finish(await extension.begin(), { [which]: { sign: unsigned } });
      expectRefusal(extension, answer, 403, 'login_refused');
    }
  });

  test('whose tokens are signed with the public key as a secret (HS256)', async () => {
    const extension = await openExtension();
    const { publicKey } = extension.authorization;
    const sign = (claims: JWTPayload) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'sandbox-key-1' })
        .sign(createSecretKey(Buffer.from(publicKey)));
    for (const which of ['id', 'access'] as const) {
      const answer = await extension.finish(await extension.begin(), { [which]: { sign } });
      expectRefusal(extension, answer, 403, 'login_refused');
    }
  });

  test('whose tokens are signed with a key that is not the login server’s, under the name of one that is', async () => {
    const extension = await openExtension();
    const { sign } = await createTokenSigner();
    const answer = await extension.finish(await extension.begin(), { id: { sign } });
    expectRefusal(extension, answer, 403, 'login_refused');
  });

  test('whose tokens bring their own key along', async () => {
    const extension = await openExtension();
    const signer = await createTokenSigner();
    const [jwk] = signer.jwks.keys;
    const sign = async (claims: JWTPayload) => {
      const [, ...rest] = (await signer.sign(claims)).split('.');
      const header = { alg: 'RS256', jwk, jku: 'https://evil.example/jwks.json', kid: 'unknown' };
      return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
    };
    const answer = await extension.finish(await extension.begin(), { id: { sign } });
    expectRefusal(extension, answer, 403, 'login_refused');
  });

  const wrongClaims: [string, { id?: Record<string, unknown>; access?: Record<string, unknown> }][] = [
    ['whose id token is of another issuer', { id: { iss: 'https://evil.example/' } }],
    ['whose access token is of another issuer', { access: { iss: 'https://evil.example/' } }],
    ['whose id token is for another audience', { id: { aud: 'https://evil.example' } }],
    ['whose id token is for another audience too', { id: { aud: ['WT_URL', 'https://evil.example'] } }],
    ['whose access token is for another tenant', { access: { aud: 'https://evil.eu.auth0.com/api/v2/' } }],
    ['whose access token was issued to another application', { access: { azp: 'https://evil.example' } }],
    ['whose access token was issued to no application', { access: { azp: undefined } }],
    ['whose tokens are of different people', { access: { sub: 'google-oauth2|other' } }],
    ['whose id token names nobody', { id: { sub: undefined } }],
    ['whose tokens are not of the same login', { id: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } }],
    ['whose tokens name nobody, with an empty subject', { id: { sub: '' }, access: { sub: '' } }],
    ['whose id token does not say which access token it came with', { id: { at_hash: undefined } }],
    ['whose id token names its access token in no text', { id: { at_hash: { $ne: '' } } }],
    ['whose id token was issued in the future', { id: { iat: now() + 60 } }],
    ['whose access token was issued in the future', { access: { iat: now() + 60 } }],
    ['whose id token was issued at no time', { id: { iat: undefined } }],
    ['whose access token was issued at no time', { access: { iat: undefined } }],
    ['whose id token has expired', { id: { exp: now() - 60 } }],
    ['whose access token has expired', { access: { exp: now() - 60 } }],
    ['whose id token never expires', { id: { exp: undefined } }],
    ['whose id token is not yet valid', { id: { nbf: now() + 60 } }],
    ['whose access token is not yet valid', { access: { nbf: now() + 60 } }],
    ['whose id token has no nonce', { id: { nonce: undefined } }],
    ['whose id token has a nonce that is no text', { id: { nonce: { $ne: '' } } }],
  ];
  test.each(wrongClaims)('%s', async (_name, { id = {}, access = {} }) => {
    const extension = await openExtension();
    const claims = Array.isArray(id.aud) ? { ...id, aud: [extension.address, id.aud[1]] } : id;
    const answer = await extension.finish(await extension.begin(), {
      id: { claims },
      access: { claims: access },
    });
    expectRefusal(extension, answer, 403, 'login_refused');
  });

  test('with another nonce than the browser’s', async () => {
    const extension = await openExtension();
    const answer = await extension.finish(await extension.begin(), { nonce: 'other' });
    expectRefusal(extension, answer, 403, 'login_refused');
  });

  test('with another state than the browser’s, or none', async () => {
    const extension = await openExtension();
    const [mine, other] = [await extension.begin(), await extension.begin()];
    for (const state of [other.state, '', undefined, `${mine.state}x`]) {
      const answer = await extension.finish(mine, { form: { state } });
      expectRefusal(extension, answer, 403, 'login_mixed_up');
    }
  });

  test('in a browser that has begun none: its cookies are not there', async () => {
    const extension = await openExtension();
    const login = await extension.begin();
    const { state, nonce } = login;
    const named = cookiesOf(extension);
    for (const cookie of [
      '',
      named({ state }),
      named({ nonce }),
      named({ state: '', nonce: '' }),
      // As other extensions call theirs, on a domain that all of them share.
      `state=${state}; nonce=${nonce}; state_compat=${state}; nonce_compat=${nonce}`,
      cookiesOf({ address: `${extension.address}/other` })({ state, nonce }),
    ]) {
      const answer = await extension.finish(login, { cookie });
      expectRefusal(extension, answer, 403, 'login_unknown');
    }
  });

  test('whose state was not made here, though browser and form agree on it', async () => {
    const extension = await openExtension();
    const elsewhere = await openExtension({ secrets: { EXTENSION_SECRET: 'another-secret-9sPq2Lw8' } });
    const { state } = await elsewhere.begin();
    const login = await extension.begin();
    for (const made of [state, 'made-up']) {
      const answer = await extension.finish(login, {
        form: { state: made },
        cookie: cookiesOf(extension)({ state: made, nonce: login.nonce }),
      });
      expectRefusal(extension, answer, 403, 'login_expired');
    }
  });

  test('with the nonce of another login that this browser has begun, and tokens that fit it', async () => {
    const extension = await openExtension();
    const [mine, other] = [await extension.begin(), await extension.begin()];
    const answer = await extension.finish(mine, {
      nonce: other.nonce,
      cookie: cookiesOf(extension)({ state: mine.state, nonce: other.nonce }),
    });
    expectRefusal(extension, answer, 403, 'login_mixed_up');
  });

  test('that took longer than ten minutes', async () => {
    const extension = await openExtension();
    const login = await extension.begin();
    extension.advance(11 * MINUTE);
    expectRefusal(extension, await extension.finish(login), 403, 'login_expired');
  });

  test('the second time, with everything that was right the first time', async () => {
    const extension = await openExtension();
    const login = await extension.begin();
    const first = await extension.finish(login);
    expect(first.status).toBe(303);
    // The browser has forgotten the login; whoever has recorded it comes with it nevertheless.
    expect(cookieHeader([...login.cookies, ...first.cookies])).not.toMatch(/state|nonce/);
    expectRefusal(extension, await extension.finish(login), 403, 'login_replayed');
  });

  test('twice at once: one of them is let in', async () => {
    const extension = await openExtension();
    const login = await extension.begin();
    const answers = await Promise.all(Array.from({ length: 20 }, () => extension.finish(login)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.includes('"login_replayed"'))).toHaveLength(19);
  });

  test('whose tokens come in the address', async () => {
    const extension = await openExtension();
    const login = await extension.begin();
    const { idToken, accessToken } = await extension.authorization.mint({
      clientId: extension.address,
      audience: 'https://tenant.eu.auth0.com/api/v2/',
      nonce: login.nonce,
    });
    const query = new URLSearchParams({ id_token: idToken, access_token: accessToken, state: login.state });
    const cookie = cookieHeader(login.cookies);
    const path = `/login/callback?${query}`;
    expectRefusal(extension, await extension.send({ path, headers: { cookie } }), 405, 'method_not_allowed');
    const posted = await extension.send({
      method: 'POST',
      path,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    });
    expectRefusal(extension, posted, 403, 'login_mixed_up');
  });

  test('when a field comes twice', async () => {
    const extension = await openExtension();
    const login = await extension.begin();
    const answer = await extension.send({
      method: 'POST',
      path: '/login/callback',
      headers: {
        cookie: cookieHeader(login.cookies),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `state=${login.state}&state=${login.state}`,
    });
    expectRefusal(extension, answer, 403, 'login_mixed_up');
  });

  test('that Auth0 has refused, without repeating what it says', async () => {
    const extension = await openExtension();
    const answer = await extension.finish(await extension.begin(), {
      form: { error: 'unauthorized', error_description: '<script>alert(1)</script>' },
    });
    expectRefusal(extension, answer, 403, 'login_denied');
    expect(answer.body).not.toContain('script');
  });

  test('while the keys of the login server cannot be had; not as if the token were wrong', async () => {
    const extension = await openExtension();
    extension.authorization.faults.add({ endpoint: 'keys', fault: { kind: 'status', status: 500 } });
    expectRefusal(extension, await extension.finish(await extension.begin()), 502, 'login_unavailable');
    extension.authorization.faults.add({ endpoint: 'keys', fault: { kind: 'refuse' } });
    expectRefusal(extension, await extension.finish(await extension.begin()), 502, 'login_unavailable');
    expect((await extension.finish(await extension.begin())).status).toBe(303);
  });
});

test('1,000 logins at once are each their own, and fetch the keys once; nothing is kept of those begun', async () => {
  const extension = await openExtension();
  const logins = await Promise.all(Array.from({ length: 1_000 }, () => extension.begin()));
  expect(new Set(logins.map(({ state }) => state)).size).toBe(1_000);
  expect(new Set(logins.map(({ nonce }) => nonce)).size).toBe(1_000);
  const finished = await Promise.all(logins.map((login) => extension.finish(login)));
  expect(finished.filter(({ status }) => status === 303)).toHaveLength(1_000);
  expect(extension.authorization.keyRequests).toBe(1);
});

test('tokens that name unknown keys make the keys be fetched once more at most, however many come', async () => {
  const extension = await openExtension();
  const stranger = await createTokenSigner();
  const sign = async (claims: JWTPayload) => {
    const [, ...rest] = (await stranger.sign(claims)).split('.');
    const header = { alg: 'RS256', kid: `unknown-${Math.random()}` };
    return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
  };
  for (let turn = 0; turn < 50; turn += 1) {
    const answer = await extension.finish(await extension.begin(), { id: { sign } });
    expectRefusal(extension, answer, 403, 'login_refused');
  }
  expect(extension.authorization.keyRequests).toBeLessThanOrEqual(2);
});
