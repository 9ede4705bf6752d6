import { expect, test } from 'vitest';
import { retryAfter } from '../../src/retry';

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

test.each([-300_000, 300_000])(
  'measures a date by the clock that it is meant by, not one %i ms off',
  (off) => {
    const headers = new Headers({
      date: 'Sun, 01 Mar 2026 12:00:00 GMT',
      'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT',
    });
    expect(retryAfter(headers, now + off)).toBe(30_000);
  },
);

test('measures a date by this machine’s clock where the answer’s own date is none', () => {
  const headers = new Headers({ date: 'today', 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' });
  expect(retryAfter(headers, now)).toBe(30_000);
});

test('is undefined where the header is missing', () => {
  expect(retryAfter(new Headers(), now)).toBeUndefined();
});
