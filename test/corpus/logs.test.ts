import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { trackId } from '../support/track-id';
import { readCases } from './read-cases';
import { runExport } from './run-export';

const outcome = v.variant('outcome', [
  v.strictObject({
    outcome: v.literal('sent'),
    logId: v.string(),
    event: v.string(),
    userId: v.string(),
    timestamp: v.pipe(v.string(), v.isoTimestamp()),
  }),
  v.strictObject({ outcome: v.literal('without a user') }),
  v.strictObject({ outcome: v.literal('not selected') }),
]);
type Outcome = v.InferOutput<typeof outcome>;

const cases = readCases(
  'logs',
  v.strictObject({
    description: v.string(),
    log: v.looseObject({ type: v.string() }),
    /** Auth0 no longer has the user. */
    isUserDeleted: v.optional(v.boolean(), false),
    expected: outcome,
    expectedWithAllFailedLogins: v.optional(outcome),
  }),
);

const userOf = (id: string) => ({ user_id: id, email: `${id.length}@customer.example`, corpus: id });

/** The logs in the order of their ids, as Auth0 keeps them. */
const logs = cases.map(({ log }) => log);
const users = cases.flatMap(({ log: { user_id }, isUserDeleted }) =>
  typeof user_id === 'string' && user_id !== '' && !isUserDeleted ? [userOf(user_id)] : [],
);

describe('the logs of the corpus', () => {
  test('are at least 60, of at least 20 types', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(new Set(logs.map(({ type }) => type)).size).toBeGreaterThanOrEqual(20);
  });

  test.each([
    { failedLogins: 'Generic', expectedOf: ({ expected }: (typeof cases)[number]): Outcome => expected },
    {
      failedLogins: 'All',
      expectedOf: ({ expected, expectedWithAllFailedLogins }: (typeof cases)[number]): Outcome =>
        expectedWithAllFailedLogins ?? expected,
    },
  ])(
    'are each sent once, with the right user, time and id, with FAILED_LOGINS=$failedLogins',
    async ({ failedLogins, expectedOf }) => {
      const { sandbox, statusCode, record, checkpoint } = await runExport({
        sandbox: { tenant: { logs, users } },
        settings: { FAILED_LOGINS: failedLogins },
      });
      const outcomes = cases.map(expectedOf);
      const sent = outcomes.filter((one) => one.outcome === 'sent');
      const byId = (one: { messageId: string }, other: { messageId: string }) =>
        one.messageId < other.messageId ? -1 : 1;
      expect(
        sandbox.segment
          .tracks()
          .map(({ messageId, event, userId, timestamp }) => ({ messageId, event, userId, timestamp }))
          .sort(byId),
      ).toEqual(
        sent
          .map(({ logId, event, userId, timestamp }) => ({
            messageId: trackId(sandbox, logId),
            event,
            userId,
            timestamp,
          }))
          .sort(byId),
      );
      expect(sandbox.segment.duplicates).toBe(0);
      for (const { userId, properties } of sandbox.segment.tracks()) {
        const user = users.find(({ user_id }) => user_id === userId);
        expect(properties).toEqual(user ?? {});
      }
      expect({ statusCode, ...record }).toMatchObject({
        statusCode: 200,
        logsRead: cases.length,
        skipped: outcomes.filter((one) => one.outcome === 'without a user').length,
        rejected: [],
      });
      expect(checkpoint).toBe(
        logs
          .map(({ log_id, _id }) => String(log_id || _id))
          .sort()
          .at(-1),
      );
    },
  );
});
