import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/redactor';

const secret = 'Wr1te"Key&<p@ss>\\w/ö+x!*(';

describe('a known secret is taken out', () => {
  const { text } = createRedactor([secret]);

  test.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON inside JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['in an address', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ secret }).toString().slice('secret='.length)],
    ['in HTML or a Slack message', 'Wr1te"Key&amp;&lt;p@ss&gt;\\w/ö+x!*('],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 without padding', Buffer.from(secret).toString('base64').replace(/=+$/, '')],
    ['in base64 for addresses', Buffer.from(secret).toString('base64url')],
    ['as the user of Basic authentication', Buffer.from(`${secret}:`).toString('base64')],
  ])('%s', (_form, form) => {
    for (const around of ['', 'x', ' ', '"', '=']) {
      const clean = text(`before ${around}${form}${around} after ${form}`);
      expect(clean).not.toContain(form);
      expect(clean).not.toContain(secret);
      expect(clean).toMatch(/^before .*\[redacted\].* after .*\[redacted\]/);
    }
  });

  test('in a Basic header with the real library’s encoding', () => {
    expect(text(`authorization: Basic ${btoa('client:secret-1')}`)).toBe('authorization: Basic [redacted]');
  });

  test('with or without the blanks that were pasted with it', () => {
    const pasted = createRedactor([' write-key-1\n']);
    expect(pasted.text('key write-key-1 was refused')).toBe('key [redacted] was refused');
    expect(pasted.text('key " write-key-1\n"')).not.toContain('write-key-1');
  });

  test('when it is added later', () => {
    const redactor = createRedactor([]);
    expect(redactor.text('token-123456')).toBe('token-123456');
    redactor.add('token-123456');
    redactor.add('token-abcdef');
    expect(redactor.text('token-123456 token-abcdef')).toBe('[redacted] [redacted]');
  });

  test('the longer of two first', () => {
    const both = createRedactor(['secret-1', 'secret-1-and-more']);
    expect(both.text('secret-1-and-more secret-1')).toBe('[redacted] [redacted]');
  });

  test('when it is made of characters that mean something elsewhere', () => {
    for (const odd of [
      '.*.*.*',
      '$&$1$`$',
      '\\d+\\d+',
      '((((((',
      '[a-z]+',
      '^.{1,9}$',
      '\ud800abcdef',
      '😀😀😀',
    ]) {
      const clean = createRedactor([odd]).text(`x ${odd} y`);
      expect(clean).toBe('x [redacted] y');
    }
  });
});

test('no text ever holds a secret of six characters or more', () => {
  const anySecret = fc.oneof(
    fc.string({ minLength: 6, maxLength: 60 }),
    fc.string({ unit: 'binary', minLength: 6, maxLength: 40 }),
    fc.base64String({ minLength: 8, maxLength: 60 }),
  );
  fc.assert(
    fc.property(
      fc.array(anySecret, { minLength: 1, maxLength: 4 }),
      fc.array(fc.oneof(fc.nat({ max: 3 }), fc.string({ unit: 'binary' })), { maxLength: 8 }),
      (secrets, parts) => {
        // A secret that is part of the word that stands in its place can be no secret.
        fc.pre(secrets.every((value) => !'[redacted]'.includes(value.trim())));
        const { text, data } = createRedactor(secrets);
        const dirty = parts.map((part) => (typeof part === 'number' ? (secrets[part] ?? '') : part)).join('');
        const clean = text(dirty);
        for (const value of secrets) expect(clean).not.toContain(value);
        const copy = JSON.stringify(data({ [dirty]: [dirty, { dirty }] }));
        for (const value of secrets) expect(copy).not.toContain(JSON.stringify(value).slice(1, -1));
      },
    ),
  );
});

describe('what looks like a secret is taken out, known or not', () => {
  const { text } = createRedactor([]);
  const jwt = `${btoa('{"alg":"RS256","typ":"JWT"}')}.${btoa('{"sub":"someone"}').replaceAll('=', '')}.c2ln-bmF0_dXJl`;

  test.each([
    ['a JWT', `got ${jwt}!`, 'got [redacted]!'],
    ['a JWT in JSON', `{"x":"${jwt}"}`, '{"x":"[redacted]"}'],
    ['a bearer token', 'Authorization: Bearer abcdef123456', 'Authorization: Bearer [redacted]'],
    ['a bearer token of letters', 'bearer abcdefghijklmnopqrst', 'bearer [redacted]'],
    ['basic credentials', 'basic dXNlcjpwYXNz0w==', 'basic [redacted]'],
    [
      'a Slack webhook',
      'POST https://hooks.slack.com/services/T0AB/B0CD/sEcReTx7 failed',
      'POST https://hooks.slack.com/services/[redacted] failed',
    ],
    ['credentials in an address', 'at https://user:p4ss@host/x', 'at https://[redacted]@host/x'],
    ['a client secret in JSON', '{"client_secret":"abc","a":1}', '{"client_secret":"[redacted]","a":1}'],
    [
      'one in JSON inside JSON',
      '"{\\"client_secret\\":\\"abc\\"}"',
      '"{\\"client_secret\\":\\"[redacted]\\"}"',
    ],
    ['an access token in a form', 'access_token=abc&x=1', 'access_token=[redacted]&x=1'],
    ['a refresh token in words', 'refresh_token: abc', 'refresh_token: [redacted]'],
  ])('%s', (_what, dirty, clean) => {
    expect(text(dirty)).toBe(clean);
  });
});

describe('what is no secret stays', () => {
  const { text, data } = createRedactor(['short', '', undefined, null, 7, {}, 'Segment-Write-Key-1']);

  test.each([
    `90020260301115500${'0'.repeat(33)}123456`,
    '90020260301115500000000000000000000000000000000000000001',
    'someone@example.com',
    'auth0|5f7c8ec7c33c6c004bbafe82',
    'https://manage.auth0.com/#/users/auth0%7C5f7c8ec7',
    '2026-03-01T11:55:00.000Z',
    'Basic authentication failed: the bearer certificate is missing.',
    'basic information',
    'This is short.',
    'Check SEGMENT_KEY: it must be the write key of a source (Connections > Sources > Settings > API Keys).',
    'AUTH0_DOMAIN is "tenant.eu.auth0.com".',
    'at file:///srv/extension/bundle.js:12:34',
    '/services/one',
    'eyJ',
  ])('%s', (innocent) => {
    expect(text(innocent)).toBe(innocent);
  });

  test('a record comes out as it went in, and is a copy', () => {
    const record = {
      start: '2026-03-01T11:55:00.000Z',
      checkpoint: '90020260301115500000000000000000000000000000000000000001',
      logsRead: 7,
      warning: undefined,
      nothing: null,
      on: true,
      rejected: [{ logId: '900', reason: 'Segment refused the call with 400.' }],
    };
    const copy = data(record);
    expect(copy).toEqual(record);
    expect(copy.rejected).not.toBe(record.rejected);
  });
});

test('data keeps a __proto__ key as a key', () => {
  const { data } = createRedactor(['secret-1']);
  const copy: object = data(JSON.parse('{"__proto__":{"polluted":"secret-1"}}'));
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":"[redacted]"}}');
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});
