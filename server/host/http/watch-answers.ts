import { channel } from 'node:diagnostics_channel';
import * as v from 'valibot';

/** What Node's own `fetch` says of each answer. */
const message = v.object({
  request: v.object({ origin: v.union([v.string(), v.instance(URL)]) }),
  response: v.object({ statusCode: v.number() }),
});

/**
 * Watches the answers that this process gets, whoever in it has asked.
 *
 * @param onAnswer told the origin that was asked, such as `https://api.segment.io`, and the HTTP status
 * @returns ends it
 */
export function watchAnswers(onAnswer: (origin: string, status: number) => void): () => void {
  const answers = channel('undici:request:headers');
  const note = (data: unknown) => {
    const parsed = v.safeParse(message, data);
    if (parsed.success) onAnswer(String(parsed.output.request.origin), parsed.output.response.statusCode);
  };
  answers.subscribe(note);
  return () => answers.unsubscribe(note);
}
