import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { normalizeHost } from '../../../src/http/address';

/**
 * Whether a request's Host header can only come from somebody who meant this server. A name that somebody
 * else can point at this machine (DNS rebinding) would let a foreign page speak to it as its own; an address
 * cannot be pointed anywhere.
 *
 * @param header the request's
 * @param publicUrl where browsers find the Dashboard, if something stands before it
 */
export function isAllowedHost(header: string | undefined, publicUrl: string | undefined): boolean {
  const url = `http://${header ?? ''}`;
  if (!header || /[/?#@\\\s]/.test(header) || !URL.canParse(url)) return false;
  const hostname = new URL(url).hostname.replace(/\.$/, '');
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return true;
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  return publicUrl !== undefined && hostname === new URL(publicUrl).hostname;
}

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
  return !URL.canParse(origin) || normalizeHost(new URL(origin).host) !== normalizeHost(host);
}

const TELLING = /^(forwarded|via|x-forwarded(-.+)?|x-real-ip)$/;

/**
 * Whether a request tells that a proxy has passed it on. HTTP/1.0 tells as well: no browser speaks it, and nginx
 * does where nobody has told it otherwise, without a header of its own.
 */
export function isProxied({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.0' || Object.keys(headers).some((name) => TELLING.test(name));
}
