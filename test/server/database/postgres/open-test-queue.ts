import { onTestFinished } from 'vitest';
import { openQueue } from '../../../../server/database/postgres/queue';
import { systemClock } from '../../../../src/time';
import type { TestDatabase } from '../../../support/postgres';

/** Opens the queue of a database until the test ends, and collects what it reports. */
export async function openTestQueue({ url }: Pick<TestDatabase, 'url'>, longestAnswerMs?: number) {
  const troubles: string[] = [];
  const queue = await openQueue({
    url,
    onTrouble: (message) => troubles.push(message),
    monotonic: systemClock.monotonic,
    ...(longestAnswerMs === undefined ? {} : { longestAnswerMs }),
  });
  onTestFinished(() => queue.stop());
  return { queue, troubles };
}
