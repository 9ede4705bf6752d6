import { isLoopback } from '../../../src/http/is-loopback';

/**
 * Where administrators sign in.
 *
 * @param rta domain; a sandbox on this machine may add a port and is spoken to over plain HTTP
 */
export function rtaUrl(rta: string): string {
  const scheme = isLoopback(rta.replace(/:\d+$/, '')) ? 'http' : 'https';
  return `${scheme}://${rta}`;
}
