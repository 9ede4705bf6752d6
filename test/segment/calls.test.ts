import { describe, expect, test } from 'vitest';
import { defaultShape } from '../../src/choices/shape';
import { type ExportedLog, printedCall, type SegmentCall, toSegmentCalls } from '../../src/segment/calls';
import { toSegmentUser } from '../../src/segment/profile';

const log = (id: string, userId: string, type = 's') => ({
  id,
  type,
  userId,
  date: '2026-03-01T11:55:00.123Z',
});

const users = (...profiles: { user_id: string }[]) =>
  new Map(profiles.map((user) => [user.user_id, toSegmentUser(user, user.user_id, defaultShape)]));

const SOURCE = '00c0ffee00c0ffee';

const callsOf = (logs: ExportedLog[], known: ReturnType<typeof users>) =>
  toSegmentCalls(logs, known, SOURCE, defaultShape);

/** A profile as it is sent. */
const sent = (json: Uint8Array | undefined): Record<string, unknown> =>
  JSON.parse(json ? Buffer.from(json).toString() : '{}');

const of = <T extends SegmentCall['type']>(calls: SegmentCall[], type: T) =>
  calls.filter((call): call is Extract<SegmentCall, { type: T }> => call.type === type);

const profileOf = (user: { user_id: string }) => {
  const { calls } = callsOf([log('1', user.user_id)], users(user));
  return {
    traits: sent(of(calls, 'identify')[0]?.traits),
    properties: sent(of(calls, 'track')[0]?.properties),
  };
};

describe('the calls of a batch', () => {
  test('are one identify for each user, then one track for each log in its order', () => {
    const { calls, unsendable, trimmed } = callsOf(
      [log('1', 'a'), log('2', 'b', 'f'), log('3', 'a', 'ss')],
      users({ user_id: 'a' }, { user_id: 'b' }),
    );
    expect(calls).toEqual([
      expect.objectContaining({
        type: 'identify',
        userId: 'a',
        messageId: `auth0-identify-1-${SOURCE}`,
        logId: '1',
      }),
      expect.objectContaining({
        type: 'identify',
        userId: 'b',
        messageId: `auth0-identify-2-${SOURCE}`,
        logId: '2',
      }),
      expect.objectContaining({
        type: 'track',
        userId: 'a',
        messageId: `auth0-track-1-${SOURCE}`,
        event: 'Success Login',
      }),
      expect.objectContaining({
        type: 'track',
        userId: 'b',
        messageId: `auth0-track-2-${SOURCE}`,
        event: 'Failed Login',
      }),
      expect.objectContaining({
        type: 'track',
        userId: 'a',
        messageId: `auth0-track-3-${SOURCE}`,
        event: 'Success Signup',
      }),
    ]);
    expect([unsendable, trimmed.size]).toEqual([[], 0]);
  });

  test('carry the date of the log, to the millisecond', () => {
    const { calls } = callsOf([log('1', 'a')], new Map());
    expect(of(calls, 'track').map(({ timestamp }) => timestamp.toISOString())).toEqual([
      '2026-03-01T11:55:00.123Z',
    ]);
  });

  test('track a user that is gone without a profile, and do not identify it', () => {
    const { calls } = callsOf([log('1', 'gone'), log('2', 'here')], users({ user_id: 'here' }));
    expect(of(calls, 'identify').map(({ userId }) => userId)).toEqual(['here']);
    expect(of(calls, 'track').map(({ userId, properties }) => [userId, sent(properties)])).toEqual([
      ['gone', {}],
      ['here', { user_id: 'here' }],
    ]);
  });

  test('hold nothing of the log but type, date and id', () => {
    const full = { ...log('1', 'a'), ip: '203.0.113.7', user_agent: 'Mozilla', details: { x: 'detail' } };
    const { calls } = callsOf([full], users({ user_id: 'a' }));
    expect(calls.map(printedCall).join()).not.toMatch(/203\.0|Mozilla|detail/);
  });

  test('are the same whenever and with whomever the log is exported', () => {
    const alone = callsOf([log('2', 'b')], users({ user_id: 'b' })).calls;
    const together = callsOf([log('1', 'a'), log('2', 'b')], users({ user_id: 'b' })).calls;
    expect(together.filter(({ logId }) => logId === '2')).toEqual(alone);
  });
});

describe('the profile', () => {
  const user = {
    user_id: 'auth0|1',
    email: 'own@example.com',
    given_name: 'Own',
    user_metadata: {
      color: 'blue',
      email: 'user@example.com',
      plan: 'from user_metadata',
      given_name: 'User',
    },
    app_metadata: { plan: 'from app_metadata', email: 'app@example.com' },
  };

  test('is user_metadata, then its own fields, then app_metadata, the later winning', () => {
    expect(profileOf(user).properties).toEqual({
      user_id: 'auth0|1',
      color: 'blue',
      email: 'app@example.com',
      given_name: 'Own',
      plan: 'from app_metadata',
    });
  });

  test('holds neither of the two as such', () => {
    for (const profile of Object.values(profileOf(user))) {
      expect(profile).not.toHaveProperty('user_metadata');
      expect(profile).not.toHaveProperty('app_metadata');
    }
  });

  test.each([null, 'text', 7, ['a', 'b'], true])('survives metadata that is no object (%j)', (odd) => {
    expect(profileOf({ user_id: 'a', user_metadata: odd, app_metadata: odd } as never).properties).toEqual({
      user_id: 'a',
    });
  });

  test('is not changed by what is made of it', () => {
    const before = structuredClone(user);
    profileOf(user);
    expect(user).toEqual(before);
  });

  test('loses the tokens of identity providers, at any depth', () => {
    const token = (name: string) => ({ [name]: `issued ${name}`, keep: name });
    const names = ['access_token', 'access_token_secret', 'refresh_token', 'id_token'];
    const { traits, properties } = profileOf({
      user_id: 'a',
      ...token('access_token'),
      identities: names.map((name) => ({
        provider: 'x',
        ...token(name),
        profileData: { deep: [token(name)] },
      })),
      user_metadata: { nested: [[{ inner: token('id_token') }]] },
      app_metadata: { nested2: token('refresh_token') },
    } as never);
    for (const profile of [traits, properties]) {
      expect(JSON.stringify(profile)).not.toContain('issued');
      expect(profile.identities).toEqual(
        names.map((name) => ({ provider: 'x', keep: name, profileData: { deep: [{ keep: name }] } })),
      );
      expect(profile.nested).toEqual([[{ inner: { keep: 'id_token' } }]]);
    }
  });

  test('may hold __proto__ and the like as plain keys', () => {
    const odd = JSON.parse(
      '{"user_id":"a","__proto__":{"polluted":1},"constructor":"c","toString":"t","hasOwnProperty":1,"user_metadata":{"__proto__":{"deep":1}},"app_metadata":{"x":{"__proto__":null}}}',
    );
    const { traits, properties } = profileOf(odd);
    for (const profile of [traits, properties]) {
      expect(JSON.parse(JSON.stringify(profile))).toEqual(JSON.parse(JSON.stringify(properties)));
      expect(Object.getPrototypeOf(profile)).toBe(Object.prototype);
      expect(JSON.stringify(profile)).toContain('"__proto__":{"polluted":1}');
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('the traits', () => {
  test('add Segment’s reserved names to the profile', () => {
    const user = {
      user_id: 'a',
      given_name: 'Ada',
      family_name: 'Lovelace',
      picture: 'https://example.com/a.png',
      phone_number: '+44 20 7946 0000',
      username: 'ada',
      created_at: '2026-01-01T00:00:00.000Z',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
    };
    const { traits, properties } = profileOf(user);
    expect(traits).toEqual({
      ...user,
      firstName: 'Ada',
      lastName: 'Lovelace',
      avatar: 'https://example.com/a.png',
      phone: '+44 20 7946 0000',
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    expect(properties).toEqual(user);
  });

  test('do not overwrite what the profile has under such a name', () => {
    const { traits } = profileOf({
      user_id: 'a',
      given_name: 'Ada',
      user_metadata: { firstName: 'Augusta' },
    } as never);
    expect(traits).toMatchObject({ firstName: 'Augusta', given_name: 'Ada' });
  });

  test('are as empty as a profile without a field', () => {
    expect(sent(toSegmentUser({}, 'a', defaultShape).traits.json)).toEqual({});
  });

  test('lose their largest fields where only the properties fit', () => {
    const picture = `https://example.com/${'p'.repeat(20_000)}`;
    const { traits, properties } = profileOf({ user_id: 'a', given_name: 'Ada', picture } as never);
    expect(properties).toEqual({ user_id: 'a', given_name: 'Ada', picture });
    expect(traits).toEqual({ user_id: 'a', given_name: 'Ada', firstName: 'Ada', avatar: picture });
  });

  test.each([{ $date: '2026-01-01' }, ['2026-01-01'], true, 1767225600, 'yesterday', '1', '2026-13-01'])(
    'have no createdAt for %j, which is no date, and keep the field itself',
    (created_at) => {
      const { traits } = profileOf({ user_id: 'a', created_at } as never);
      expect(traits).toEqual({ user_id: 'a', created_at });
    },
  );

  test('have no reserved name for a list or an object', () => {
    const user = { user_id: 'a', given_name: ['Ada'], picture: { url: 'x' }, phone_number: 442079460000 };
    expect(profileOf(user as never).traits).toEqual({ ...user, phone: 442079460000 });
  });

  test('have no reserved name without a value', () => {
    const { traits } = profileOf({ user_id: 'a', given_name: '', family_name: null } as never);
    expect(Object.keys(traits).sort()).toEqual(['family_name', 'given_name', 'user_id']);
  });
});

describe('what is too large', () => {
  test('a profile loses its largest fields, in both calls, and that is told once', () => {
    const user = { user_id: 'a', huge: 'x'.repeat(40_000), large: 'y'.repeat(20_000), small: 'z' };
    const { calls, trimmed } = callsOf([log('1', 'a'), log('2', 'a')], users(user));
    for (const call of of(calls, 'track')) {
      expect(sent(call.properties)).toEqual({ user_id: 'a', large: user.large, small: 'z' });
    }
    expect([...trimmed]).toEqual([['a', ['huge']]]);
  });

  test('a user id that fits into no call leaves its log unsendable, and the others alone', () => {
    const long = 'x'.repeat(33_000);
    const { calls, unsendable } = callsOf(
      [log('1', long), log('2', 'a')],
      users({ user_id: 'a' }, { user_id: long }),
    );
    expect(unsendable).toEqual([{ logId: '1', reason: expect.stringContaining('33000 bytes') }]);
    expect(calls.map(({ logId }) => logId)).toEqual(['2', '2']);
  });

  test('a user id that just fits is sent without any profile', () => {
    const long = 'x'.repeat(31_700);
    const { calls, unsendable } = callsOf([log('1', long)], users({ user_id: long }));
    expect(unsendable).toEqual([]);
    expect(of(calls, 'track').map(({ properties }) => sent(properties))).toEqual([{}]);
  });
});
