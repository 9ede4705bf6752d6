import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEEPEST_LEVEL, toProfile } from '../../src/segment/profile';

/** `inner` inside as many lists, or objects with one field, as asked for; recursion would not get that far. */
const nested = (levels: number, kind: 'lists' | 'objects', inner = '1') => {
  const [open, close] = kind === 'lists' ? ['[', ']'] : ['{"a":', '}'];
  return JSON.parse(open.repeat(levels) + inner + close.repeat(levels));
};

/** Levels of lists and objects in what can be written as JSON. */
function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf));
}

describe.each(['lists', 'objects'] as const)('a field of nested %s', (kind) => {
  test('is whole down to the deepest level that is sent, the profile itself the first', () => {
    const deep = nested(DEEPEST_LEVEL - 1, kind);
    const { profile, cut } = toProfile({ user_id: 'a', user_metadata: { deep } }, []);
    expect([profile.deep === deep, cut]).toEqual([true, []]);
    expect(levelsOf(profile)).toBe(DEEPEST_LEVEL);
  });

  test.each([DEEPEST_LEVEL, 10_000, 400_000])(
    'loses what stands deeper (%i levels), and is named',
    (levels) => {
      const user = {
        user_id: 'a',
        user_metadata: { deep: nested(levels, kind), flat: 1 },
        app_metadata: { deeper: { one: nested(levels, kind), two: 2 } },
      };
      const { profile, cut } = toProfile(user, []);
      expect(cut).toEqual(['deep', 'deeper']);
      expect(levelsOf(profile)).toBe(DEEPEST_LEVEL);
      expect(profile).toMatchObject({ user_id: 'a', flat: 1, deeper: { two: 2 } });
    },
  );

  test('gives away no token, at whatever level', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12_000 }), (levels) => {
        const token = nested(levels, kind, '{"refresh_token":"issued","access_token":{"of":"issued"}}');
        const { profile } = toProfile({ user_id: 'a', identities: [token], user_metadata: { token } }, []);
        expect(JSON.stringify(profile)).not.toContain('issued');
      }),
    );
  });
});

test('what stands beside something too deep stays, in its order', () => {
  const deep = nested(10_000, 'lists');
  const list = nested(DEEPEST_LEVEL - 2, 'lists', `[1,${JSON.stringify({ a: 1 })},"two"]`);
  const { profile, cut } = toProfile({ user_id: 'a', deep, list }, []);
  expect(cut).toEqual(['deep', 'list']);
  expect(JSON.stringify(profile.list)).toContain('[1,"two"]');
});
