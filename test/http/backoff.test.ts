import { expect, test } from 'vitest';
import { backoff } from '../../src/retry';

test('doubles from a quarter of a second to five seconds', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 2_000].map((tries) => backoff(tries, () => 0));
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
});

test('takes off up to half of it at random', () => {
  expect(backoff(3, () => 0.5)).toBe(750);
  expect(backoff(3, () => 1)).toBe(500);
});
