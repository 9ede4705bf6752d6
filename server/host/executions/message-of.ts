import * as v from 'valibot';

const answer = v.object({ message: v.string() });

/** What an answer that is not a run's says. */
export function messageOf(body: unknown): string {
  const parsed = v.safeParse(answer, body);
  return parsed.success ? parsed.output.message : `The extension answered ${JSON.stringify(body)}.`;
}
