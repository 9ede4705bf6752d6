import { readBody } from './read-body';
import type { WebtaskContext, WebtaskRequest } from './webtask-context';

/** A cron job's description is a few hundred bytes. */
const LONGEST_BODY = 64 * 1024;

/** A parsed body, wherever the platform or its local runtime has left it; else the stream's. */
async function bodyOf(context: WebtaskContext, request: WebtaskRequest): Promise<unknown> {
  const parsed = context.body ?? request.body;
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  const read = [parsed, context.body_raw, request.raw_body].find((text) => typeof text === 'string');
  const text = read ?? (request.readableEnded ? '' : await readBody(request, LONGEST_BODY));
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/**
 * Whether a request describes a cron job that is to run now: `{ "schedule": "…", "state": "active", … }`.
 * Anyone can write that; only the platform knows the token that must come with it.
 */
export async function describesCronJob(context: WebtaskContext, request: WebtaskRequest): Promise<boolean> {
  const body = await bodyOf(context, request);
  if (typeof body !== 'object' || body === null) return false;
  // Of its own: where bodies are merged, `__proto__` in one would lend the rest.
  const { schedule, state } = Object.fromEntries(Object.entries(body));
  return typeof schedule === 'string' && schedule !== '' && state === 'active';
}
