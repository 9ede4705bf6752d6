import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { openTrigger } from '../server/log-streams/open-trigger';
import { readCases } from './read-cases';

const cases = readCases(
  'posts',
  v.strictObject({
    description: v.string(),
    /** The body: one text, or its lines. */
    body: v.union([v.string(), v.array(v.string())]),
    lineEnd: v.optional(v.string(), '\n'),
    headers: v.optional(v.record(v.string(), v.string()), {}),
    expected: v.strictObject({
      status: v.number(),
      /** The highest log of an exported type, which the next run must reach. */
      notedId: v.nullable(v.string()),
      error: v.optional(v.string()),
    }),
  }),
);

describe('the log stream posts of the corpus', () => {
  test('are at least 12', () => expect(cases.length).toBeGreaterThanOrEqual(12));

  test.each(cases)(
    'are answered as documented: $file: $description',
    async ({ body, lineEnd, headers, expected }) => {
      const { post, stateOf } = await openTrigger();
      const answer = await post({ body: typeof body === 'string' ? body : body.join(lineEnd), headers });
      expect(answer).toMatchObject({ status: expected.status, error: expected.error ?? '' });
      expect((await stateOf())?.notedId ?? null).toBe(expected.notedId);
    },
  );
});
