import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseUserQuery } from '../../server/sandbox/tenant/users';
import { toUserQueries } from '../../src/auth0/user-search';

const LONGEST_URL = 8 * 1024;

/** The address that a search is sent to, but for the domain. */
const urlOf = (q: string) =>
  `/api/v2/users?${new URLSearchParams({ per_page: '100', include_totals: 'false', q, search_engine: 'v3', primary_order: 'false' })}`;

const numbered = (count: number, id = (index: number) => `auth0|${index}`) =>
  Array.from({ length: count }, (_, index) => id(index));

describe('ids in a query', () => {
  test.each([
    ['a bar', 'auth0|5f7c', 'user_id:("auth0|5f7c")'],
    ['a space', 'auth0|with space', 'user_id:("auth0|with space")'],
    ['quotes', 'auth0|"x"', 'user_id:("auth0|\\"x\\"")'],
    ['a backslash', 'ad|DOMAIN\\user', 'user_id:("ad|DOMAIN\\\\user")'],
    ['a backslash at its end', 'auth0|x\\', 'user_id:("auth0|x\\\\")'],
    ['an escaped quote', 'x\\"y', 'user_id:("x\\\\\\"y")'],
    ['operators', 'custom|(a OR b) AND * ?', 'user_id:("custom|(a OR b) AND * ?")'],
    ['other scripts', 'oidc|日本語-ユーザー', 'user_id:("oidc|日本語-ユーザー")'],
  ])('with %s stand in quotes, escaped', (_what, id, q) => {
    expect(toUserQueries([id])).toEqual([{ ids: [id], q }]);
  });

  test('whatever they are, are read back as they were, in order, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 200 }), (ids) => {
        const queries = toUserQueries(ids);
        expect(queries.flatMap((query) => query.ids)).toEqual(ids);
        for (const query of queries) expect(parseUserQuery(query.q)).toEqual(query.ids);
      }),
    );
  });
});

describe('how many searches it takes', () => {
  test.each([
    [0, 0],
    [1, 1],
    [50, 1],
    [51, 2],
    [100, 2],
    [101, 3],
  ])('%i ids: %i', (ids, searches) => {
    expect(toUserQueries(numbered(ids))).toHaveLength(searches);
  });

  test('fewer ids go into one whose encoding is long, so that no address is longer than Auth0 takes', () => {
    const ids = numbered(200, (index) => `oidc|${'日本語'.repeat(20)}${index}`);
    const queries = toUserQueries(ids);
    expect(queries.flatMap((query) => query.ids)).toEqual(ids);
    for (const { q } of queries) expect(urlOf(q).length).toBeLessThan(LONGEST_URL);
    // Full searches, not one for each id.
    expect(queries.length).toBeLessThan(20);
  });

  test('no address is ever longer than Auth0 takes', () => {
    const id = fc.oneof(
      fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
      fc.string({ minLength: 1, maxLength: 4_000, unit: 'binary-ascii' }),
      fc.constantFrom('"'.repeat(1_000), '\\'.repeat(1_000), ' '.repeat(3_000)),
    );
    fc.assert(
      fc.property(fc.array(id, { maxLength: 120 }), (ids) => {
        for (const { q } of toUserQueries(ids)) expect(urlOf(q).length).toBeLessThan(LONGEST_URL);
      }),
      { numRuns: 50 },
    );
  });

  test('an id that is too long for any search is left out, the others are not', () => {
    const endless = `auth0|${'x'.repeat(LONGEST_URL)}`;
    const queries = toUserQueries(['a', endless, 'b']);
    expect(queries.map(({ ids }) => ids)).toEqual([['a', 'b']]);
  });
});
