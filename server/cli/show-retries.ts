import * as v from 'valibot';
import type { LiveLog } from '../runs/live-log';

/** A line of a run's log that says what is tried again. */
const retry = v.object({ retry: v.literal(true), msg: v.string() });

function parse(line: string): string | undefined {
  try {
    const parsed = v.safeParse(retry, JSON.parse(line));
    return parsed.success ? parsed.output.msg : undefined;
  } catch {
    // Other lines need not be JSON.
    return undefined;
  }
}

/**
 * Tells whoever watches the terminal what runs of this process try again, and why.
 *
 * @param tell takes the tenant's name and a sentence
 * @returns ends it
 */
export function showRetries(
  here: Pick<LiveLog, 'watch'>,
  tell: (tenant: string, sentence: string) => void,
): () => void {
  return here.watch(0, ({ kind, tenant, text }) => {
    const sentence = kind === 'line' ? parse(text) : undefined;
    if (sentence !== undefined) tell(tenant, sentence);
  });
}
