import { readBody } from '../../../src/webtask/read-body';
import type { Visit } from '../visit';
import { BODY_LIMIT } from './body-limit';
import { HttpError } from './http-error';

const tooLarge = () =>
  new HttpError(
    413,
    'body_too_large',
    `The body is larger than ${BODY_LIMIT / 1024} KB, the most that is read.`,
  );

/**
 * The text of a request's body, from the stream or from wherever the platform has left it.
 *
 * @returns `undefined` where the platform has kept only what it parsed
 * @throws {HttpError} 413 `body_too_large`
 */
export async function readText({ context, request }: Visit): Promise<string | undefined> {
  if (Number(request.headers['content-length']) > BODY_LIMIT) throw tooLarge();
  const kept = [context.body_raw, request.raw_body, context.body, request.body].find(
    (body) => typeof body === 'string',
  );
  if (typeof kept === 'string') {
    if (Buffer.byteLength(kept) > BODY_LIMIT) throw tooLarge();
    return kept;
  }
  if (typeof (context.body ?? request.body ?? undefined) === 'object') return undefined;
  if (request.readableEnded) return '';
  const text = await readBody(request, BODY_LIMIT);
  if (text === undefined) throw tooLarge();
  return text;
}
