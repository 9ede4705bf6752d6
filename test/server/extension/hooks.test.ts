import { SignJWT } from 'jose';
import { expect, test, vi } from 'vitest';
import { cookieName } from '../../../server/web/cookies';
import manifest from '../../../webtask.json';
import { openSandbox } from '../sandbox/open-sandbox';
import { expectRefusal } from './expect-refusal';
import { type OpenExtension, type OpenExtensionOptions, openExtension } from './open-extension';

const PATH = '/.extensions/on-uninstall';
const hook = (token: string) => ({
  method: 'DELETE',
  path: PATH,
  headers: { authorization: `Bearer ${token}` },
});

/** A hook token as the platform makes it, but for what is wished. */
function hookToken(
  { secrets }: OpenExtension,
  {
    path = PATH,
    url = secrets.WT_URL,
    domain = secrets.AUTH0_DOMAIN,
    secret = secrets.EXTENSION_SECRET ?? '',
    expires = '1h',
  } = {},
): Promise<string> {
  const token = new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(`https://${domain}`)
    .setAudience(`${url}${path}`);
  return (expires === '' ? token : token.setExpirationTime(expires)).sign(new TextEncoder().encode(secret));
}

/** The extension as it is installed in a sandbox's tenant. */
async function openInstalled(options: OpenExtensionOptions = {}) {
  const sandbox = await openSandbox();
  const extension = await openExtension({
    ...options,
    secrets: { ...sandbox.secrets(), ...options.secrets },
  });
  return { sandbox, extension };
}

test('uninstalling deletes the extension’s client', async () => {
  const { sandbox, extension } = await openInstalled();
  const answer = await extension.send(hook(await hookToken(extension)));
  expect([answer.status, answer.body]).toEqual([204, '']);
  expect(sandbox.tenant.deletedClients).toEqual([sandbox.tenant.clientId]);
});

test('uninstalling is known by WT_URL also where PUBLIC_WT_URL is what administrators use', async () => {
  const { sandbox, extension } = await openInstalled({
    secrets: { PUBLIC_WT_URL: 'https://logs.example.com' },
  });
  expect((await extension.send(hook(await hookToken(extension)))).status).toBe(204);
  expect(sandbox.tenant.deletedClients).toHaveLength(1);
});

test('uninstalling continues where the client cannot be deleted: refused, or nobody there', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  for (const secrets of [{ AUTH0_CLIENT_SECRET: 'wrong-secret' }, { AUTH0_DOMAIN: '127.0.0.1:1' }]) {
    const { sandbox, extension } = await openInstalled({ secrets });
    expect((await extension.send(hook(await hookToken(extension)))).status).toBe(204);
    expect(sandbox.tenant.deletedClients).toEqual([]);
  }
  expect(logged.mock.calls.flat()).toEqual([
    expect.stringMatching(/could not be deleted: Auth0 returned 401/),
    expect.stringMatching(/could not be deleted: Auth0 could not be reached/),
  ]);
  logged.mockRestore();
});

test('a hook token for another path, extension, tenant or secret, an old one, a session or none opens nothing', async () => {
  const { sandbox, extension } = await openInstalled();
  const session = (await extension.signIn()).split('=')[1] ?? '';
  const tokens = [
    await hookToken(extension, { path: '/.extensions/on-install' }),
    await hookToken(extension, { path: '' }),
    await hookToken(extension, { url: 'https://evil.example' }),
    await hookToken(extension, { domain: 'evil.eu.auth0.com' }),
    await hookToken(extension, { secret: 'another-secret-9sPq2Lw8' }),
    await hookToken(extension, { expires: '-1m' }),
    session,
    '',
    'x',
  ];
  for (const token of tokens) expectRefusal(extension, await extension.send(hook(token)), 401, 'hook_token');
  const inAddress = { method: 'DELETE', path: `${PATH}?token=${await hookToken(extension)}` };
  expectRefusal(extension, await extension.send(inAddress), 401, 'hook_token');
  expect(sandbox.tenant.deletedClients).toEqual([]);
});

test('a hook token without an end is taken, as the platform makes them, and one with an end until then', async () => {
  const { sandbox, extension } = await openInstalled();
  expect((await extension.send(hook(await hookToken(extension, { expires: '' })))).status).toBe(204);
  const token = await hookToken(extension, { expires: '1m' });
  extension.advance(61_000);
  expectRefusal(extension, await extension.send(hook(token)), 401, 'hook_token');
  expect(sandbox.tenant.deletedClients).toHaveLength(1);
});

test('a hook token is no session', async () => {
  const { extension } = await openInstalled();
  const headers = { cookie: `${cookieName('session', extension.address)}=${await hookToken(extension)}` };
  expectRefusal(extension, await extension.send({ path: '/api/report', headers }), 401, 'no_session');
});

test('the manifest is told, and no value of a setting', async () => {
  const { extension } = await openInstalled({ secrets: { START_FROM: '90020261101' } });
  const { status, body } = await extension.send({ path: '/meta' });
  expect([status, JSON.parse(body)]).toEqual([200, manifest]);
  for (const value of Object.values(extension.secrets)) expect(body).not.toContain(value);
});
