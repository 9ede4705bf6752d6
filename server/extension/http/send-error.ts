import type { ErrorRequestHandler } from 'express';
import { ExportError } from '../../../src/errors/export-error';
import type { PageAssets } from '../page-assets';
import type { Visit } from '../visit';
import { errorHtml } from './error-html';
import { HttpError } from './http-error';

/** What a client is told of an error: a fault of our own says nothing about itself. */
function told(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof ExportError) return new HttpError(503, error.code, error.message);
  return new HttpError(500, 'internal_error', 'The request could not be handled.');
}

/** Answers every error: as a page to a browser that was led there, as `{ error, message }` to everyone else. */
export function sendError({ style }: PageAssets): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const { status, code, message } = told(error);
    const { visit }: { visit?: Visit } = response.locals;
    if (code === 'internal_error') {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
      console.error(visit?.redactor.text(`request failed: ${reason}`));
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // What is left of a body that was too large is not read.
    if (status === 413) response.setHeader('connection', 'close');
    const isPage = !request.path.startsWith('/api/') && request.accepts(['json', 'html']) === 'html';
    response.status(status);
    if (isPage) response.type('html').send(errorHtml({ message, style, path: pathOf(visit) }));
    else response.json({ error: code, message });
  };
}

/** The path of the extension, where it is known. */
function pathOf(visit: Visit | undefined): string {
  try {
    return visit?.installation.cookiePath.replace(/\/$/, '') ?? '';
  } catch {
    return '';
  }
}
