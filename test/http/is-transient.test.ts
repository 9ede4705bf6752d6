import { expect, test } from 'vitest';
import { ExportError } from '../../src/errors';
import { isTransient } from '../../src/http/request';

const answer = (status: number) => ({ status, headers: new Headers(), text: '' });
const unknownHost = Object.assign(new Error('x'), { code: 'ENOTFOUND' });

test.each([408, 429, 500, 501, 502, 503, 504, 520, 599])('an answer with %i is transient', (status) => {
  expect(isTransient(answer(status))).toBe(true);
});

test.each([200, 204])('a success that is not the peer’s own, with %i, is transient', (status) => {
  expect(isTransient(answer(status))).toBe(true);
});

test.each([301, 302, 400, 401, 403, 404, 409, 413, 414, 422])(
  'an answer with %i is not transient',
  (status) => {
    expect(isTransient(answer(status))).toBe(false);
  },
);

test('a network error is transient, an ExportError is not', () => {
  expect(isTransient(new TypeError('fetch failed'))).toBe(true);
  expect(isTransient(new ExportError('tls_untrusted', 'x'))).toBe(false);
});

test('an unknown host name is transient except in a first run', () => {
  expect(isTransient(unknownHost)).toBe(true);
  expect(isTransient(unknownHost, true)).toBe(false);
});
