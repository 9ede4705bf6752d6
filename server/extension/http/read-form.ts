import type { Visit } from '../visit';
import { HttpError } from './http-error';
import { readText } from './read-text';

const FORM = 'application/x-www-form-urlencoded';

function refuseMalformed(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new HttpError(400, 'malformed_json', 'The body is not JSON, though its content type says so.');
  }
}

/** The fields of a body that the platform has parsed: texts under names of their own, nothing nested. */
function fieldsOf(body: unknown): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(body ?? {})) {
    if (typeof value === 'string') fields.set(name, value);
  }
  return fields;
}

/**
 * The fields of a form that was posted; a field that comes twice counts as not there.
 *
 * @throws {HttpError} 413 `body_too_large`, 400 `malformed_json`, 415 `not_a_form`
 */
export async function readForm(visit: Visit): Promise<ReadonlyMap<string, string>> {
  const { context, request } = visit;
  const [type = ''] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const text = await readText(visit);
  if (type.trim() !== FORM) {
    if (type.trim().endsWith('json') && text !== undefined) refuseMalformed(text);
    throw new HttpError(415, 'not_a_form', `The body must be a form (${FORM}).`);
  }
  if (text === undefined) return fieldsOf(context.body ?? request.body);
  const given = new URLSearchParams(text);
  return new Map([...given].filter(([name]) => given.getAll(name).length === 1));
}
