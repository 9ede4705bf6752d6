import { isLoopback } from '../http/is-loopback';

/**
 * The base URL of a tenant.
 *
 * @param domain bare host name, as AUTH0_DOMAIN holds it; a sandbox on this machine may add a port and is
 *   asked over plain HTTP
 */
export function tenantUrl(domain: string): string {
  const scheme = isLoopback(domain.replace(/:\d+$/, '')) ? 'http' : 'https';
  return `${scheme}://${domain}`;
}
