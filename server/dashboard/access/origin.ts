import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { normalizeHost } from '../../../src/http/address';

/** Paths that monitoring reads, and that may have further names. */
const OPERATIONS_PATH = /^\/(healthz|metrics)(\?|$)/;

/** Names by which a server may be addressed, besides localhost and IP addresses. */
export interface HostNames {
  /** Address that browsers use, if there is a proxy in front of the Dashboard. */
  publicUrl: string | undefined;
  /** Further names of /healthz and /metrics, in lower case. */
  operationsHosts: readonly string[];
}

/**
 * Returns true if the client that sent the request meant this server. An attacker can point a name of their own at this
 * machine (DNS rebinding), and a page of theirs could then read the Dashboard as its own. An address can't be pointed
 * anywhere.
 */
export function isAllowedHost(
  { headers: { host }, url: path = '/' }: Pick<IncomingMessage, 'headers' | 'url'>,
  { publicUrl, operationsHosts }: HostNames,
): boolean {
  const url = `http://${host ?? ''}`;
  if (!host || /[/?#@\\\s]/.test(host) || !URL.canParse(url)) return false;
  const hostname = new URL(url).hostname.replace(/\.$/, '');
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return true;
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  if (OPERATIONS_PATH.test(path) && operationsHosts.includes(hostname)) return true;
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
