import * as v from 'valibot';
import { HttpError } from '../../extension/http/http-error';

/**
 * Reads what a browser sent.
 *
 * @throws {HttpError} 400 `invalid_input`, saying where
 */
export function parseInput<Output>(schema: v.GenericSchema<unknown, Output>, body: unknown): Output {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const where = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the body').join(', ');
  throw new HttpError(400, 'invalid_input', `What was sent cannot be used: look at ${where}.`);
}
