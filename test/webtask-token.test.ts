import { describe, expect, test } from 'vitest';
import { isToken } from '../src/webtask';

const token = 'webtask-token-1';

test.each([`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token} `])('%j carries the token', (header) => {
  expect(isToken(header, token)).toBe(true);
});

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  token,
  `Basic ${token}`,
  `Bearer ${token}x`,
  `Bearer x${token}`,
  `Bearer ${token.slice(1)}`,
  `Bearer ${token.toUpperCase()}`,
  `Bearer ${token} ${token}`,
  `xBearer ${token}`,
  ` Bearer ${token}`,
  'Bearer undefined',
  [`Bearer ${token}`],
])('%j does not', (header) => {
  expect(isToken(header, token)).toBe(false);
});

describe('without a token to compare with, nothing is right', () => {
  test.each([undefined, null, '', 0, {}, ['undefined'], true])('%j', (expected) => {
    for (const header of ['Bearer ', 'Bearer undefined', 'Bearer null', 'Bearer true', `Bearer ${token}`]) {
      expect(isToken(header, expected)).toBe(false);
    }
  });
});
