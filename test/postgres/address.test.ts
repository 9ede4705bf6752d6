import { expect, test } from 'vitest';
import { parseAddress } from '../../server/database/postgres/address';

const SECRET = 'canary-9d2';

test.each([
  ['not a url', 'DATABASE_URL is not a URL.'],
  [`mysql://u:${SECRET}@h/d`, 'DATABASE_URL begins with mysql:// instead of postgres://.'],
  [`postgres://u:${SECRET}@h`, 'DATABASE_URL names no database.'],
  [`postgres://u:${SECRET}@h/`, 'DATABASE_URL names no database.'],
  [`postgres:///d?password=${SECRET}`, 'DATABASE_URL names no host.'],
  [`postgres://u:${SECRET}%@h/d`, 'DATABASE_URL has a % that is not followed by the code of a character.'],
  [`postgres://u:${SECRET}/1@h/d`, 'DATABASE_URL is not a URL.'],
  [
    `postgres://u:${SECRET}@h/d?sslmode=prefer`,
    'DATABASE_URL has sslmode=prefer. Write one of disable, require, verify-ca, verify-full there.',
  ],
])('%s is refused without a word of its password', async (url, message) => {
  const refused = parseAddress(url);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toMatchObject({ exitCode: 78 });
  await expect(refused).rejects.toSatisfy((error) => !String(error).includes(SECRET));
});

test('the name of a database has neither user nor password', async () => {
  const { name, user, config } = await parseAddress(
    `postgresql://me%40x:${SECRET}%2F@db.internal:6432/ex%20port`,
  );
  expect({ name, user }).toEqual({ name: 'db.internal:6432/ex port', user: 'me@x' });
  expect(config).toMatchObject({
    host: 'db.internal',
    port: 6432,
    password: `${SECRET}/`,
    database: 'ex port',
  });
});

test.each([
  ['postgres://u@db.internal/d', { rejectUnauthorized: true }],
  ['postgres://u@db.internal/d?sslmode=verify-full&sslrootcert=system', { rejectUnauthorized: true }],
  ['postgres://u@db.internal/d?sslmode=require', { rejectUnauthorized: false }],
  ['postgres://u@db.internal/d?sslmode=disable', false],
  ['postgres://u@127.0.0.1/d', false],
  ['postgres://u@[::1]/d', false],
  ['postgres://u@localhost/d', false],
  ['postgres:///d?host=/run/postgresql', false],
])('%s is used with the safest TLS that it leaves room for', async (url, ssl) => {
  expect((await parseAddress(url)).config.ssl).toEqual(ssl);
});
