import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from '../../server/database/postgres/address';

const SECRET = 'canary-9d2';

test.each([
  ['not a url', 'DATABASE_URL does not begin with postgres://.'],
  [`mysql://u:${SECRET}@h/d`, 'DATABASE_URL does not begin with postgres://.'],
  [`${SECRET}://u@h/d`, 'DATABASE_URL does not begin with postgres://.'],
  [`postgres://u:${SECRET}@h`, 'DATABASE_URL names no database.'],
  [`postgres://u:${SECRET}@h/`, 'DATABASE_URL names no database.'],
  [`postgres:///d?password=${SECRET}`, 'DATABASE_URL names no host.'],
  [`postgres://u:${SECRET}%@h/d`, 'DATABASE_URL has a % that is not followed by the code of a character.'],
  [`postgres://u:1${SECRET}:x/d`, 'DATABASE_URL is not a URL.'],
  [`postgres://u:1@${SECRET}/2@h:5432/d`, 'DATABASE_URL has more than one unencoded @.'],
  [`postgres://u:1@${SECRET}@h:5432/d`, 'DATABASE_URL has more than one unencoded @.'],
  [`postgres://u@h/d?options=1@${SECRET}`, 'DATABASE_URL has more than one unencoded @.'],
  [`postgres://u:1/${SECRET}@h/d`, 'DATABASE_URL has an unencoded / or ? before the @.'],
  [`postgres://u:1?${SECRET}@h/d`, 'DATABASE_URL has an unencoded / or ? before the @.'],
  [`postgres://u:1#${SECRET}@h/d`, 'DATABASE_URL has an unencoded #.'],
  [`postgres://u:1\\${SECRET}@h/d`, 'DATABASE_URL has a space, a control character or a backslash.'],
  [`postgres://u:1 ${SECRET}@h/d`, 'DATABASE_URL has a space, a control character or a backslash.'],
  [`postgres://u:1\n${SECRET}@h/d`, 'DATABASE_URL has a space, a control character or a backslash.'],
  [`postgres://h/d/${SECRET}`, 'DATABASE_URL has more than one / after the host.'],
  [
    `postgres://u:x@h/d?sslmode=${SECRET}`,
    'DATABASE_URL has an unknown sslmode. Use one of disable, require, verify-ca, verify-full.',
  ],
])('%s is refused without a part of it', async (url, message) => {
  const refused = parseAddress(url);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toMatchObject({ exitCode: 78 });
  await expect(refused).rejects.toSatisfy((error) => !String(error).includes(SECRET));
});

test('a password with characters that mean something else in a URL is refused or read, and never becomes the host', async () => {
  const part = fc.constantFrom(
    'Win',
    'ter',
    '2026',
    '@',
    '/',
    ':',
    '?',
    '#',
    '%',
    '\\',
    ' ',
    '[',
    ']',
    '&',
    '=',
    ';',
    '.',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 8 }), async (parts) => {
      const password = parts.join('');
      const read = await parseAddress(`postgres://exporter:${password}@db.internal:5432/logs`).catch(String);
      if (typeof read === 'string') expect(read).not.toMatch(/Win|ter2|2026|Vault/);
      else expect(read.name).toBe('db.internal:5432/logs');
      const { config } = await parseAddress(
        `postgres://exporter:${encodeURIComponent(password)}@db.internal:5432/logs`,
      );
      expect(config).toMatchObject({ host: 'db.internal', user: 'exporter', password });
    }),
  );
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
