import type { Host } from '../host';
import { serviceOf } from './service-of';
import { watchAnswers } from './watch-answers';

/**
 * Counts the messages that Slack takes while something is done.
 *
 * @returns what the work returns, and the count
 */
export async function countSlackMessages<T>(
  { secrets }: Pick<Host, 'secrets'>,
  work: () => Promise<T>,
): Promise<{ result: T; messages: number }> {
  let messages = 0;
  const stop = watchAnswers((origin, status) => {
    if (status === 200 && serviceOf(origin, secrets('')) === 'slack') messages += 1;
  });
  try {
    const result = await work();
    return { result, messages };
  } finally {
    stop();
  }
}
