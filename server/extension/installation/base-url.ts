import { isLoopback } from '../../../src/http/is-loopback';
import { HttpError } from '../http/http-error';

const HOST = /^(\[[\da-f:]+\]|[a-z\d]([a-z\d.-]*[a-z\d])?)(:\d{1,5})?$/i;

/** An http address without query, fragment and slashes at its end; `undefined` where it is none. */
export function cleanAddress(address: unknown): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined;
  const { protocol, origin, pathname } = new URL(address);
  return /^https?:$/.test(protocol) ? origin + pathname.replace(/\/+$/, '') : undefined;
}

/**
 * The address of the extension, without a slash at its end: what the platform says it is, whatever host a
 * request names; the request's own only where the platform says nothing.
 *
 * @param secrets `PUBLIC_WT_URL` goes before `WT_URL`
 * @param host the request's
 * @param basePath the part of the request's path that leads to the extension
 * @throws {HttpError} 400 `invalid_host` where only the request could tell, and its host is no host name
 */
export function baseUrl(secrets: Readonly<Record<string, unknown>>, host: string, basePath: string): string {
  const given = cleanAddress(secrets.PUBLIC_WT_URL) ?? cleanAddress(secrets.WT_URL);
  if (given) return given;
  if (!HOST.test(host)) throw new HttpError(400, 'invalid_host', 'The Host header is not a host name.');
  const scheme = isLoopback(host.replace(/:\d+$/, '')) ? 'http' : 'https';
  return `${scheme}://${host.toLowerCase()}${basePath}`;
}
