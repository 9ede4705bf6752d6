import { expect, test } from 'vitest';
import { createUserCache } from '../../src/auth0/create-user-cache';

const MEGABYTE = 1024 * 1024;

test('a profile is kept for two minutes at most', () => {
  const cache = createUserCache();
  cache.set('a', { user_id: 'a' });
  expect(cache.getRemainingTTL('a')).toBeGreaterThan(0);
  expect(cache.getRemainingTTL('a')).toBeLessThanOrEqual(120_000);
});

test('5,000 users are kept at most: those that were not asked for longest go first', () => {
  const cache = createUserCache();
  for (let index = 0; index < 5_000; index += 1) cache.set(`auth0|${index}`, { user_id: `auth0|${index}` });
  cache.get('auth0|0');
  cache.set('auth0|5000', { user_id: 'auth0|5000' });
  expect(cache.size).toBe(5_000);
  expect(['auth0|0', 'auth0|1', 'auth0|5000'].map((id) => cache.has(id))).toEqual([true, false, true]);
});

test('16 million characters are kept at most, and no profile that is larger by itself', () => {
  const cache = createUserCache();
  const bulk = 'x'.repeat(MEGABYTE);
  for (let index = 0; index < 20; index += 1)
    cache.set(`auth0|${index}`, { user_id: `auth0|${index}`, bulk });
  expect(cache.size).toBe(15);
  expect(cache.calculatedSize).toBeLessThanOrEqual(16 * MEGABYTE);
  cache.set('vast', { user_id: 'vast', bulk: bulk.repeat(16) });
  expect(cache.has('vast')).toBe(false);
});
