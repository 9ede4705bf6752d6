import { expect, test } from 'vitest';
import { defaultShape } from '../../src/choices/shape';
import { createTenantCache } from '../../src/job/tenant-cache';
import { type SegmentUser, toSegmentUser } from '../../src/segment/profile';

const found = (kept: SegmentUser) => ({ kept, isCurrent: true, answeredAt: 0, updatedAt: 0 });
const userOf = (id: string) => found(toSegmentUser({ user_id: id }, id, defaultShape));

test('a user is kept for two minutes at most', () => {
  const cache = createTenantCache().usersFor(defaultShape);
  cache.set('a', userOf('a'));
  expect(cache.getRemainingTTL('a')).toBeGreaterThan(0);
  expect(cache.getRemainingTTL('a')).toBeLessThanOrEqual(120_000);
});

test('5,000 users are kept at most: those that were not asked for longest go first', () => {
  const cache = createTenantCache().usersFor(defaultShape);
  for (let index = 0; index < 5_000; index += 1) cache.set(`auth0|${index}`, userOf(`auth0|${index}`));
  cache.get('auth0|0');
  cache.set('auth0|5000', userOf('auth0|5000'));
  expect(cache.size).toBe(5_000);
  expect(['auth0|0', 'auth0|1', 'auth0|5000'].map((id) => cache.has(id))).toEqual([true, false, true]);
});

test('16 MB are kept at most, however large the profiles at Auth0', () => {
  const cache = createTenantCache().usersFor(defaultShape);
  const bytes = 16 * 1024 * 1024;
  const large = toSegmentUser({ most: 'x'.repeat(30_000), rest: 'y'.repeat(1_000_000) }, 'a', defaultShape);
  for (let index = 0; index < 700; index += 1) cache.set(`large ${index}`, found(large));
  // The properties and the traits, each without what does not fit.
  expect(cache.calculatedSize).toBeLessThanOrEqual(bytes);
  expect(cache.size).toBe(Math.floor(bytes / (2 * 30_011)));
});

test('users that were made for other calls are dropped: what is excluded by now may be in them', () => {
  const cache = createTenantCache();
  cache.usersFor(defaultShape).set('a', userOf('a'));
  expect(cache.usersFor({ ...defaultShape }).has('a')).toBe(true);
  expect(cache.usersFor({ ...defaultShape, excluded: [['email']] }).has('a')).toBe(false);
  expect(cache.usersFor(defaultShape).has('a')).toBe(false);
});
