import { isIP } from 'node:net';

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
  const { hostname } = new URL(url);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return true;
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  return publicUrl !== undefined && hostname === new URL(publicUrl).hostname;
}
