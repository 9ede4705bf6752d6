import { expect, test } from 'vitest';
import type { Sandbox } from '../../../../server/sandbox/sandbox';
import { callApi } from '../call-api';
import { openSandbox } from '../open-sandbox';

const application = { name: 'Exporter', app_type: 'non_interactive', grant_types: ['client_credentials'] };

async function create(sandbox: Sandbox): Promise<{ client_id: string; client_secret: string }> {
  const { body } = await callApi<{ client_id: string; client_secret: string }>(sandbox, {
    method: 'POST',
    path: 'clients',
    body: application,
  });
  return body;
}

const audienceOf = ({ tenant }: Sandbox) => `https://${tenant.domain}/api/v2/`;

async function askForToken(sandbox: Sandbox, client_id: string, client_secret: string) {
  const response = await fetch(`${sandbox.tenant.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      audience: audienceOf(sandbox),
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('an application that was created gets a token once it is granted something, with what it is granted', async () => {
  const sandbox = await openSandbox();
  const { client_id, client_secret } = await create(sandbox);
  expect(await askForToken(sandbox, client_id, client_secret)).toMatchObject({
    status: 403,
    body: { error: 'access_denied' },
  });
  const granted = await callApi(sandbox, {
    method: 'POST',
    path: 'client-grants',
    body: { client_id, audience: audienceOf(sandbox), scope: ['read:logs'] },
  });
  expect(granted).toMatchObject({
    status: 201,
    body: { client_id, scope: ['read:logs'], subject_type: 'client' },
  });
  expect(await askForToken(sandbox, client_id, client_secret)).toMatchObject({
    status: 200,
    body: { scope: 'read:logs' },
  });
});

test('an application has one grant for the API, whose scopes can be changed', async () => {
  const sandbox = await openSandbox();
  const { client_id, client_secret } = await create(sandbox);
  const body = { client_id, audience: audienceOf(sandbox), scope: ['read:logs'] };
  const { body: grant } = await callApi<{ id: string }>(sandbox, {
    method: 'POST',
    path: 'client-grants',
    body,
  });
  expect(await callApi(sandbox, { method: 'POST', path: 'client-grants', body })).toMatchObject({
    status: 409,
    body: { message: `A client grant already exists between ${client_id} and ${audienceOf(sandbox)}.` },
  });
  await callApi(sandbox, {
    method: 'PATCH',
    path: `client-grants/${grant.id}`,
    body: { scope: ['read:logs', 'read:users'] },
  });
  expect((await askForToken(sandbox, client_id, client_secret)).body.scope).toBe('read:logs read:users');
  const query = new URLSearchParams({ client_id, audience: audienceOf(sandbox) });
  expect(await callApi(sandbox, { path: `client-grants?${query}` })).toMatchObject({
    body: [{ id: grant.id }],
  });
  await callApi(sandbox, { method: 'DELETE', path: `client-grants/${grant.id}` });
  expect((await askForToken(sandbox, client_id, client_secret)).status).toBe(403);
});

test('a grant for an API that is not the tenant’s, or a client that is not there, is refused', async () => {
  const sandbox = await openSandbox();
  const { client_id } = await create(sandbox);
  const grant = (body: unknown) => callApi(sandbox, { method: 'POST', path: 'client-grants', body });
  expect(await grant({ client_id, audience: 'https://other/api/v2/', scope: [] })).toMatchObject({
    status: 404,
  });
  expect(await grant({ client_id: 'gone', audience: audienceOf(sandbox), scope: [] })).toMatchObject({
    status: 404,
  });
  expect(await grant({ client_id })).toMatchObject({ status: 400, body: { errorCode: 'invalid_body' } });
});

test('a secret is shown on creation and rotation, and else only to who may read the keys', async () => {
  const sandbox = await openSandbox();
  const { client_id, client_secret } = await create(sandbox);
  expect(client_secret).toHaveLength(64);
  const read = (scopes: readonly string[]) => callApi(sandbox, { path: `clients/${client_id}`, scopes });
  expect((await read(['read:clients'])).body).not.toHaveProperty('client_secret');
  expect((await read(['read:client_keys'])).body.client_secret).toBe(client_secret);
  const rotated = await callApi(sandbox, { method: 'POST', path: `clients/${client_id}/rotate-secret` });
  expect(rotated.body.client_secret).not.toBe(client_secret);
  expect((await askForToken(sandbox, client_id, client_secret)).status).toBe(401);
});

test('an application that is created has the fields that Auth0 adds', async () => {
  const sandbox = await openSandbox();
  const { body } = await callApi(sandbox, { method: 'POST', path: 'clients', body: { name: 'Plain' } });
  expect(body).toMatchObject({
    name: 'Plain',
    app_type: 'regular_web',
    is_first_party: true,
    oidc_conformant: false,
    token_endpoint_auth_method: 'client_secret_post',
    jwt_configuration: { alg: 'RS256' },
  });
});

test('an application more than the plan allows is refused until another is deleted', async () => {
  // Those of the exporter and the administrator are there from the start.
  const sandbox = await openSandbox({ tenant: { maxClients: 3 } });
  const { client_id } = await create(sandbox);
  const again = () => callApi(sandbox, { method: 'POST', path: 'clients', body: application });
  expect(await again()).toMatchObject({
    status: 403,
    body: {
      errorCode: 'too_many_entities',
      message: 'You reached the limit of entities of this type for this tenant.',
    },
  });
  await callApi(sandbox, { method: 'DELETE', path: `clients/${client_id}` });
  expect((await again()).status).toBe(201);
});

test('applications are listed in pages, by type', async () => {
  const sandbox = await openSandbox();
  for (let index = 0; index < 5; index += 1) await create(sandbox);
  const { body } = await callApi<{ total: number; clients: unknown[] }>(sandbox, {
    path: 'clients?app_type=non_interactive&per_page=3&page=1&include_totals=true',
  });
  // Those of the exporter and the administrator are there from the start.
  expect(body.total).toBe(7);
  expect(body.clients).toHaveLength(3);
});

test('the grants of a deleted application go with it', async () => {
  const sandbox = await openSandbox();
  const { client_id } = await create(sandbox);
  const scope = ['read:logs'];
  await callApi(sandbox, {
    method: 'POST',
    path: 'client-grants',
    body: { client_id, audience: audienceOf(sandbox), scope },
  });
  expect((await callApi(sandbox, { method: 'DELETE', path: `clients/${client_id}` })).status).toBe(204);
  expect((await callApi(sandbox, { path: `clients/${client_id}` })).status).toBe(404);
  expect(sandbox.tenant.grants().filter((grant) => grant.client_id === client_id)).toEqual([]);
});

test.each([
  ['GET', 'clients', 'read:clients,read:client_keys'],
  ['POST', 'clients', 'create:clients'],
  ['PATCH', 'clients/one', 'update:clients'],
  ['DELETE', 'clients/one', 'delete:clients'],
  ['POST', 'clients/one/rotate-secret', 'update:client_keys'],
  ['GET', 'client-grants', 'read:client_grants'],
  ['POST', 'client-grants', 'create:client_grants'],
  ['PATCH', 'client-grants/one', 'update:client_grants'],
  ['DELETE', 'client-grants/one', 'delete:client_grants'],
  ['GET', 'log-streams', 'read:log_streams'],
  ['POST', 'log-streams', 'create:log_streams'],
  ['PATCH', 'log-streams/one', 'update:log_streams'],
  ['DELETE', 'log-streams/one', 'delete:log_streams'],
])('%s %s without its scope is refused with the name of %s', async (method, path, scope) => {
  const sandbox = await openSandbox();
  const { status, body } = await callApi(sandbox, { method, path, scopes: ['read:logs'] });
  expect(status).toBe(403);
  expect(body).toMatchObject({
    errorCode: 'insufficient_scope',
    message: `Insufficient scope, expected any of: ${scope}`,
  });
});
