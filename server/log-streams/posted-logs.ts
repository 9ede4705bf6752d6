import * as v from 'valibot';
import { HttpError } from '../web/http';
import { laterOf } from './stream-state';

/** Deeper than any log is nested; what is deeper costs memory that is many times its size. */
const DEEPEST = 64;
/** Longer than any id of a log. */
const LONGEST_ID = 200;

const element = v.object({
  log_id: v.pipe(v.string(), v.regex(/^[\w-]+$/), v.maxLength(LONGEST_ID)),
  data: v.object({ type: v.optional(v.string(), '') }),
});

const refuse = (why: string) => new HttpError(400, 'invalid_body', why);

/** Whether a text, as JSON, is nested deeper than that. Takes no memory, whatever the text is. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isQuoted) {
      if (character === '\\') at += 1;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === '[' || character === '{') {
      depth += 1;
      if (depth > DEEPEST) return true;
    } else if (character === ']' || character === '}') depth -= 1;
  }
  return false;
}

function parse(text: string): { value: unknown } | undefined {
  try {
    // trim also removes a byte order mark, which JSON.parse rejects.
    return { value: JSON.parse(text.trim()) };
  } catch {
    return undefined;
  }
}

/** A value of a body that must be a log, and its place for a message. */
interface PostedElement {
  value: unknown;
  where: string;
}

const numbered = (values: readonly unknown[], where: string): PostedElement[] =>
  values.map((value, index) => ({ value, where: `${where} ${index + 1}` }));

const envelope = v.object({ logs: v.array(v.unknown()) });

/** Returns the logs of an object: those in `logs`, as the format JSON Object sends them, or the object itself. */
function logsOf(value: unknown, where: string): PostedElement[] {
  const parsed = v.safeParse(envelope, value);
  return parsed.success ? numbered(parsed.output.logs, `${where}: element`) : [{ value, where }];
}

/**
 * Returns the elements of a body in any of Auth0's formats: an array, one object, or an object in each line.
 *
 * @throws {HttpError} 400 for a line that is not JSON
 */
function elementsOf(body: string): PostedElement[] {
  const whole = parse(body);
  if (whole) {
    return Array.isArray(whole.value) ? numbered(whole.value, 'Element') : logsOf(whole.value, 'The body');
  }
  const lines = body.split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = parse(line);
    if (!parsed) {
      throw refuse(
        lines.length === 1
          ? 'The body is not JSON. Choose the content format JSON Array, JSON Lines or JSON Object in the log stream.'
          : `Line ${index + 1} of the body is not JSON, and the body as a whole is not either. Choose the content format JSON Array, JSON Lines or JSON Object in the log stream.`,
      );
    }
    return logsOf(parsed.value, `Line ${index + 1}`);
  });
}

/**
 * Finds the highest log that a post of a log stream announces.
 *
 * @param body its text
 * @param types those of the logs that are exported
 * @returns `null` where none of them is
 * @throws {HttpError} 400 `invalid_body`, saying where
 */
export function highestLogOf(body: string, types: readonly string[]): string | null {
  if (body.trim() === '') throw refuse('The body is empty. A log stream posts at least one log.');
  if (isTooDeep(body)) {
    throw refuse(`The body is nested more than ${DEEPEST} levels deep, which no log of Auth0 is.`);
  }
  let highest: string | null = null;
  for (const { value, where } of elementsOf(body)) {
    const parsed = v.safeParse(element, value);
    if (!parsed.success) {
      throw refuse(
        `${where} is no log as Auth0's log streams post it, which is {"log_id": "…", "data": {…}}. Only a log stream of the type Custom Webhook posts here.`,
      );
    }
    const { log_id, data } = parsed.output;
    if (types.includes(data.type)) highest = laterOf(log_id, highest);
  }
  return highest;
}
