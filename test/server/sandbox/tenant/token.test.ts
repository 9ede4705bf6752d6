import { describe, expect, test } from 'vitest';
import type { TenantSandbox } from '../../../../server/sandbox/tenant/tenant';
import { managementClient } from '../management-client';
import { openSandbox } from '../open-sandbox';

function credentials({ domain, clientId, clientSecret }: TenantSandbox): Record<string, string> {
  return {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    audience: `https://${domain}/api/v2/`,
  };
}

async function ask({ url }: TenantSandbox, body: string | URLSearchParams, type?: string) {
  const headers = type ? { 'content-type': type } : undefined;
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body, ...(headers && { headers }) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('POST /oauth/token', () => {
  test('answers a token to a form and to JSON', async () => {
    const { tenant } = await openSandbox({ tenant: { tokenSeconds: 60 } });
    const overrides = credentials(tenant);
    const answers = [
      await ask(tenant, new URLSearchParams(overrides)),
      await ask(tenant, JSON.stringify(overrides), 'application/json'),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toEqual({
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        scope: 'read:logs read:users delete:clients',
        expires_in: 60,
        token_type: 'Bearer',
      });
    }
    expect(tenant.requests.token).toBe(2);
  });

  test.each([
    ['client_id', 'somebody', 401, 'access_denied'],
    ['client_secret', 'mistyped', 401, 'access_denied'],
    ['audience', 'https://elsewhere.example/api/v2/', 403, 'access_denied'],
    ['grant_type', 'password', 403, 'unsupported_grant_type'],
  ])('refuses a wrong %s', async (field, value, status, error) => {
    const { tenant } = await openSandbox();
    const answer = await ask(tenant, new URLSearchParams({ ...credentials(tenant), [field]: value }));
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error, error_description: expect.any(String) });
  });

  test('refuses broken JSON', async () => {
    const { tenant } = await openSandbox();
    expect((await ask(tenant, '{', 'application/json')).status).toBe(400);
  });
});

describe('a Management API token', () => {
  test('is asked for', async () => {
    const { tenant } = await openSandbox();
    const response = await fetch(`${tenant.url}/api/v2/logs`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ statusCode: 401, error: 'Unauthorized' });
  });

  test('is refused when it is made up', async () => {
    const { tenant } = await openSandbox();
    const headers = { authorization: 'Bearer made.up.token' };
    const response = await fetch(`${tenant.url}/api/v2/logs`, { headers });
    expect([response.status, await response.json()]).toMatchObject([401, { message: 'Invalid token' }]);
  });

  test('expires', async () => {
    let now = 1_700_000_000_000;
    const sandbox = await openSandbox({ tenant: { now: () => now, tokenSeconds: 60 } });
    const call = await managementClient(sandbox);
    now += 59_999;
    expect((await call('logs')).status).toBe(200);
    now += 1;
    expect((await call('logs')).status).toBe(401);
  });

  test('is worth nothing once revoked; the next one is good', async () => {
    const sandbox = await openSandbox();
    const call = await managementClient(sandbox);
    sandbox.tenant.revokeTokens();
    expect((await call('logs')).status).toBe(401);
    expect((await (await managementClient(sandbox))('logs')).status).toBe(200);
  });

  test.each([
    ['read:logs', 'GET', 'logs'],
    ['read:logs', 'GET', 'logs/1'],
    ['read:users', 'GET', 'users'],
    ['read:users', 'GET', 'users/1'],
    ['delete:clients', 'DELETE', 'clients/1'],
  ])('without %s is refused %s %s', async (scope, method, path) => {
    const call = await managementClient(await openSandbox({ tenant: { scopes: ['read:rules'] } }));
    const { status, body } = await call(path, method);
    expect(status).toBe(403);
    expect(body).toEqual({
      statusCode: 403,
      error: 'Forbidden',
      message: `Insufficient scope, expected any of: ${scope}`,
      errorCode: 'insufficient_scope',
    });
  });
});

describe('DELETE /clients/{id}', () => {
  test('answers 204', async () => {
    const sandbox = await openSandbox();
    const call = await managementClient(sandbox);
    expect((await call('clients/exporter', 'DELETE')).status).toBe(204);
    expect(sandbox.tenant.deletedClients).toEqual(['exporter']);
  });
});
