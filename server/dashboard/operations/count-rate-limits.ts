import { channel } from 'node:diagnostics_channel';
import * as v from 'valibot';

/** What Node's own `fetch` says of each answer. */
const message = v.object({
  request: v.object({ origin: v.union([v.string(), v.instance(URL)]) }),
  response: v.object({ statusCode: v.number() }),
});

/**
 * Watches for answers that refuse a request for coming too soon.
 *
 * @param onRefused told the origin that was asked, such as `https://api.segment.io`
 * @returns ends it
 */
export function countRateLimits(onRefused: (origin: string) => void): () => void {
  const answers = channel('undici:request:headers');
  const note = (data: unknown) => {
    const parsed = v.safeParse(message, data);
    if (parsed.success && parsed.output.response.statusCode === 429) {
      onRefused(String(parsed.output.request.origin));
    }
  };
  answers.subscribe(note);
  return () => answers.unsubscribe(note);
}
