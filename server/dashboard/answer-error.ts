import type { ErrorRequestHandler } from 'express';
import { HttpError } from '../extension/http/http-error';
import { InvalidSettings } from './api/invalid-settings';
import { RetryLater } from './door/retry-later';

/** A refusal by Express's own body parser, as one of ours. */
function told(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const status =
    error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
  if (status === 413) return new HttpError(413, 'body_too_large', 'What was sent is too large.');
  if (status >= 400 && status < 500) return new HttpError(status, 'bad_request', 'The body is not JSON.');
  return new HttpError(
    500,
    'internal_error',
    'This could not be done, because of a fault of the host. Its output says more.',
  );
}

/** Answers what a handler throws: `{ error, message }`, and for settings what is wrong with each. */
export const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const { status, code, message } = told(error);
  if (status === 500) console.error(error);
  response.locals.refusal = code;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof RetryLater) response.setHeader('retry-after', error.seconds);
  const problems = error instanceof InvalidSettings ? { problems: error.problems } : {};
  response.status(status).json({ error: code, message, ...problems });
};
