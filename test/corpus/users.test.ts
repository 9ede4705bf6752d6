import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { ExactNumber } from '../../server/sandbox/http/exact-number';
import type { TenantUser } from '../../server/sandbox/tenant/types';
import { trackId } from '../support/track-id';
import { readCases } from './read-cases';
import { runExport } from './run-export';

const cases = readCases(
  'users',
  v.strictObject({
    description: v.string(),
    user: v.looseObject({ user_id: v.string() }),
    exactNumbers: v.optional(v.record(v.string(), v.string()), {}),
    repeated: v.optional(v.record(v.string(), v.number()), {}),
    settings: v.optional(v.record(v.string(), v.string()), {}),
    expected: v.strictObject({
      userId: v.string(),
      properties: v.optional(v.record(v.string(), v.unknown()), {}),
      traits: v.optional(v.record(v.string(), v.unknown()), {}),
      absent: v.optional(v.array(v.string()), []),
      text: v.optional(v.array(v.string()), []),
      absentText: v.optional(v.array(v.string()), []),
      withoutUserIdField: v.optional(v.number(), 0),
    }),
  }),
);

/** Replaces the value at a dotted path. */
function setAt(target: object, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at: unknown = target;
  for (const name of names) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined;
  if (typeof at !== 'object' || at === null) throw new Error(`The user has nothing at ${path}.`);
  Reflect.set(at, last, value);
}

/** The user as Auth0 returns it: with exact numbers, and with long texts that the file only describes. */
function userOf({ user, exactNumbers, repeated }: (typeof cases)[number]): TenantUser {
  const whole = structuredClone(user);
  for (const [path, digits] of Object.entries(exactNumbers)) setAt(whole, path, new ExactNumber(digits));
  for (const [path, length] of Object.entries(repeated)) setAt(whole, path, 'x'.repeat(length));
  return whole;
}

const WAYS = [
  { how: 'found by a search', type: 's', date: '2026-03-02T08:00:00.000Z', request: 'user-search' },
  { how: 'looked up by id', type: 'ss', date: '2026-03-10T11:59:59.000Z', request: 'user' },
] as const;

describe('the users of the corpus', () => {
  test('are at least 25', () => expect(cases.length).toBeGreaterThanOrEqual(25));

  describe.each(WAYS)('$how', ({ type, date, request }) => {
    test.each(cases)('reach Segment: $file: $description', async (one) => {
      const { expected, settings } = one;
      const user = userOf(one);
      const { sandbox, statusCode, record, segmentBodies } = await runExport({
        settings,
        prepare: ({ tenant }) => {
          tenant.addLog({ type, date, user_id: user.user_id });
          // Afterwards: a login would change the profile.
          tenant.setUser(user);
        },
      });
      expect(sandbox.tenant.requests[request]).toBe(1);
      const [log] = sandbox.tenant.allLogs();
      const [track] = sandbox.segment.tracks();
      const [identify] = sandbox.segment.identifies();
      expect(sandbox.segment.received).toHaveLength(2);
      expect(track).toMatchObject({
        messageId: trackId(sandbox, log?.log_id),
        timestamp: date,
        userId: expected.userId,
        properties: expected.properties,
      });
      expect(identify).toMatchObject({
        userId: expected.userId,
        traits: { ...expected.properties, ...expected.traits },
      });
      for (const name of expected.absent) {
        expect(track?.properties).not.toHaveProperty(name);
        expect(identify?.traits).not.toHaveProperty(name);
      }
      const text = segmentBodies.join('\n');
      for (const part of expected.text) expect(text).toContain(part);
      for (const part of expected.absentText) expect(text).not.toContain(part);
      expect(sandbox.segment.dropped).toEqual([]);
      expect({ statusCode, ...record }).toMatchObject({ statusCode: 200, rejected: [], skipped: 0 });
      expect(record.withoutUserIdField ?? 0).toBe(expected.withoutUserIdField);
    });
  });
});
