import type { LogPage } from '../auth0/parse-log-page';

/**
 * The pages up to a log, that log included. Log ids sort as text.
 *
 * @param to `undefined` goes on to the end
 */
export async function* logsBetween(
  pages: AsyncIterable<LogPage>,
  to: string | undefined,
): AsyncGenerator<LogPage> {
  for await (const page of pages) {
    if (to === undefined) {
      yield page;
      continue;
    }
    const logs = page.logs.filter(({ id }) => id <= to);
    yield { ...page, logs };
    if (logs.length < page.logs.length || logs.at(-1)?.id === to) return;
  }
}
