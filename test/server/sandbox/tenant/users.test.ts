import { describe, expect, test } from 'vitest';
import { generateUsers } from '../../../../server/sandbox/tenant/generate-users';
import type { TenantUser } from '../../../../server/sandbox/tenant/types';
import { managementClient } from '../management-client';
import { openSandbox } from '../open-sandbox';

const quoted = (id: string) => `"${id.replace(/["\\]/g, '\\$&')}"`;
const search = (ids: readonly string[]) =>
  `users?search_engine=v3&per_page=100&primary_order=false&q=${encodeURIComponent(`user_id:(${ids.map(quoted).join(' OR ')})`)}`;

describe('generated users', () => {
  const users = generateUsers({ count: 200, seed: 7 });
  const all = Array.from({ length: users.count }, (_, index) => users.at(index));

  test('are the same for the same seed and others for another', () => {
    expect(generateUsers({ count: 200, seed: 7 }).at(150)).toEqual(users.at(150));
    expect(generateUsers({ count: 200, seed: 8 }).at(150)).not.toEqual(users.at(150));
  });

  test('are found by their id, however odd it is, and by no other', () => {
    for (const user of all) expect(users.find(user.user_id)).toEqual(user);
    expect(new Set(all.map(({ user_id }) => user_id)).size).toBe(200);
    expect(users.find(users.idAt(200))).toBeUndefined();
    for (const id of ['', 'auth0|', 'auth0|00000003', '00000003']) expect(users.find(id)).toBeUndefined();
  });

  test.each([' ', '"', '\\', '日', '|acme-corp|', '/', '%', '?', '#', '(', '+'])(
    'some ids hold %s',
    (text) => {
      expect(all.some(({ user_id }) => user_id.includes(text))).toBe(true);
    },
  );

  test('some end in a backslash', () => {
    expect(all.some(({ user_id }) => user_id.endsWith('\\'))).toBe(true);
  });

  test('who came by an identity provider hold its tokens, the others none', () => {
    for (const { identities = [] } of all) {
      const [identity] = identities;
      if (identity?.isSocial) {
        expect(identity.access_token).toMatch(/^idp-access-token-/);
        expect(identity.refresh_token).toMatch(/^idp-refresh-token-/);
      } else expect(JSON.stringify(identity)).not.toContain('token');
    }
    expect(all.some(({ identities }) => identities?.[0]?.isSocial)).toBe(true);
  });

  test('hold phone numbers and usernames now and then', () => {
    for (const field of ['phone_number', 'username']) {
      const having = all.filter((user) => field in user).length;
      expect(having).toBeGreaterThan(10);
      expect(having).toBeLessThan(190);
    }
  });

  test('fill up to the size asked for', () => {
    const large = generateUsers({ count: 1, profileBytes: 50_000 }).at(0);
    expect(Buffer.byteLength(JSON.stringify(large))).toBeGreaterThanOrEqual(50_000);
    expect(Buffer.byteLength(JSON.stringify(large))).toBeLessThan(50_100);
  });
});

describe('GET /users/{id}', () => {
  test('finds ids of every shape', async () => {
    const users = generateUsers({ count: 64 });
    const call = await managementClient(await openSandbox({ tenant: { users } }));
    for (let index = 3; index < 64; index += 8) {
      const { status, body } = await call(`users/${encodeURIComponent(users.idAt(index))}`);
      expect([status, body]).toEqual([200, users.at(index)]);
    }
  });

  test('answers 404 for a user that is not there', async () => {
    const call = await managementClient(await openSandbox());
    const { status, body } = await call('users/auth0%7Cnobody');
    expect(status).toBe(404);
    expect(body).toEqual({
      statusCode: 404,
      error: 'Not Found',
      message: 'The user does not exist.',
      errorCode: 'inexistent_user',
    });
  });

  test('answers 400 for a path that is not encoded', async () => {
    const call = await managementClient(await openSandbox());
    expect((await call('users/50%')).status).toBe(400);
  });

  test('answers the fields asked for, or all others', async () => {
    const users = [{ user_id: 'a', email: 'a@customer.example', name: 'Ada' }];
    const call = await managementClient(await openSandbox({ tenant: { users } }));
    expect((await call('users/a?fields=user_id,name')).body).toEqual({ user_id: 'a', name: 'Ada' });
    expect((await call('users/a?fields=email&include_fields=false')).body).toEqual({
      user_id: 'a',
      name: 'Ada',
    });
  });
});

describe('GET /users', () => {
  test('finds many at once, ids of every shape among them, and leaves out who is not there', async () => {
    const users = generateUsers({ count: 64 });
    const call = await managementClient(await openSandbox({ tenant: { users } }));
    const ids = Array.from({ length: 64 }, (_, index) => users.idAt(index));
    const { body } = await call<TenantUser[]>(search([...ids, 'auth0|nobody']));
    expect(body.map(({ user_id }) => user_id)).toEqual(ids);
  });

  test('answers a total where asked to', async () => {
    const users = generateUsers({ count: 10 });
    const call = await managementClient(await openSandbox({ tenant: { users } }));
    const page = `${search([0, 1, 2, 3, 4].map(users.idAt))}&include_totals=true`.replace('=100', '=2');
    expect((await call(`${page}&page=1`)).body).toEqual({
      start: 2,
      limit: 2,
      length: 2,
      total: 5,
      users: [users.at(2), users.at(3)],
    });
    expect((await call(`${page}&page=2`)).body).toMatchObject({ start: 4, length: 1, total: 5 });
  });

  test('lists everybody without a query', async () => {
    const sandbox = await openSandbox({ tenant: { users: generateUsers({ count: 3 }) } });
    sandbox.tenant.setUser({ user_id: 'new' });
    const { body } = await (await managementClient(sandbox))<TenantUser[]>('users');
    expect(body.map(({ user_id }) => user_id)).toEqual([
      ...[0, 1, 2].map(generateUsers({ count: 3 }).idAt),
      'new',
    ]);
  });

  test.each([
    ['a malformed query', 'users?search_engine=v3&q=user_id:("a"'],
    ['an unescaped quote', `users?q=${encodeURIComponent('user_id:("a "b" c")')}`],
    ['more than 100 a page', 'users?per_page=101'],
    ['more than 1,000 results', 'users?per_page=100&page=10'],
    ['another search engine', 'users?search_engine=v2'],
    ['a page that is no number', 'users?page=first'],
  ])('refuses %s', async (_, path) => {
    const call = await managementClient(await openSandbox());
    expect(await call(path)).toMatchObject({ status: 400, body: { statusCode: 400, error: 'Bad Request' } });
  });

  test('refuses a URL over 8 KB, however long', async () => {
    const call = await managementClient(await openSandbox());
    const path = '/api/v2/users?q=';
    expect((await call(`users?q=${'x'.repeat(8192 - path.length)}`)).status).toBe(400);
    expect((await call(`users?q=${'x'.repeat(8193 - path.length)}`)).status).toBe(414);
    expect((await call(`users?q=${'x'.repeat(60_000)}`)).status).toBe(414);
  });

  test('notices changes late by the search lag, which asking by id does not', async () => {
    let now = 0;
    const users = [{ user_id: 'old', name: 'Before' }, { user_id: 'gone' }];
    const sandbox = await openSandbox({ tenant: { users, now: () => now, searchLagMs: 5_000 } });
    const call = await managementClient(sandbox);
    sandbox.tenant.setUser({ user_id: 'new' });
    sandbox.tenant.setUser({ user_id: 'old', name: 'After' });
    sandbox.tenant.deleteUser('gone');
    const found = async () => (await call<TenantUser[]>(search(['old', 'gone', 'new']))).body;
    now = 4_999;
    expect(await found()).toEqual(users);
    expect((await call('users/old')).body).toEqual({ user_id: 'old', name: 'After' });
    expect((await call('users/gone')).status).toBe(404);
    now = 5_000;
    expect(await found()).toEqual([{ user_id: 'old', name: 'After' }, { user_id: 'new' }]);
  });

  test('generated users can be changed and deleted', async () => {
    const users = generateUsers({ count: 2 });
    const { tenant } = await openSandbox({ tenant: { users } });
    tenant.setUser({ ...users.at(0), name: 'Changed' });
    tenant.deleteUser(users.idAt(1));
    expect(tenant.userById(users.idAt(0))?.name).toBe('Changed');
    expect(tenant.userById(users.idAt(1))).toBeUndefined();
  });
});
