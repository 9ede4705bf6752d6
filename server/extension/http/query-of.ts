import type { IncomingMessage } from 'node:http';

/** The query of a request's address: a flat list of names and values, nothing that could name a prototype. */
export function queryOf({ url = '/' }: Pick<IncomingMessage, 'url'>): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start));
}
