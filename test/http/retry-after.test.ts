import { expect, test } from 'vitest';
import { retryAfter } from '../../src/http/retry-after';

const now = Date.parse('2026-03-01T12:00:00Z');

test.each([
  ['seconds', '7', 7_000],
  ['zero seconds', '0', 0],
  ['seconds with a fraction', '0.5', 500],
  ['seconds among blanks', ' 3 ', 3_000],
  ['a date', 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['a date that has passed', 'Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['a negative number', '-5', undefined],
  ['nothing', '', undefined],
  ['words', 'soon', undefined],
  ['infinity', 'Infinity', undefined],
])('understands %s', (_form, value, ms) => {
  expect(retryAfter(new Headers({ 'retry-after': value }), now)).toBe(ms);
});

test('is undefined where the header is missing', () => {
  expect(retryAfter(new Headers(), now)).toBeUndefined();
});
