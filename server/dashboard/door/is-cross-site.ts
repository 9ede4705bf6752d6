import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser says that a page of somebody else made it send a request.
 *
 * @param host the request's Host header, or the host of the address that browsers use
 */
export function isCrossSite(headers: IncomingHttpHeaders, host: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
