import { expect, test } from 'vitest';
import { createPasswordCheck } from '../../../../server/dashboard/access/password';

const PASSWORD = 'correct horse battery staple';

/** Sends tries of these ranks at once; returns the order in which they ended, and how each ended. */
async function tryAll(ranks: readonly number[], goneAt?: number) {
  const check = await createPasswordCheck(PASSWORD);
  const ended: string[] = [];
  await Promise.all(
    ranks.map(async (rank, index) => {
      const result = await check({
        text: index === 0 ? PASSWORD : `wrong ${index}`,
        rank,
        isGone: () => index === goneAt,
      });
      ended.push(`${rank} ${result}`);
    }),
  );
  return ended;
}

test('waiting passwords are examined in the order of their ranks', async () => {
  expect(await tryAll([5, 3, 4, 0])).toEqual(['5 right', '0 wrong', '3 wrong', '4 wrong']);
});

test('the password of the highest rank is sent away if more than eight wait', async () => {
  const ended = await tryAll([1, 2, 2, 2, 2, 2, 2, 2, 9, 0]);
  expect(ended[0]).toBe('9 busy');
  expect(ended.slice(1, 3)).toEqual(['1 right', '0 wrong']);
  expect(ended).toHaveLength(10);
});

test('a password whose client is gone is not examined', async () => {
  expect(await tryAll([1, 2, 3], 1)).toEqual(expect.arrayContaining(['2 gone', '1 right', '3 wrong']));
});
