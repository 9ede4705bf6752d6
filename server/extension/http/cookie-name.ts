import { createHash } from 'node:crypto';

/**
 * The name of a cookie of the extension at an address. Webtasks share a domain, on which a browser sends each of
 * them every cookie whose path fits, and dozens of extensions are called the same: a name of this installation
 * alone is not mistaken for another's, whichever the browser sends first.
 *
 * @param purpose what the cookie is for
 * @param baseUrl of the installation, without a slash at its end
 */
export function cookieName(purpose: 'session' | 'state' | 'nonce', baseUrl: string): string {
  const installation = createHash('sha256').update(baseUrl).digest('hex').slice(0, 12);
  return `logs-to-segment-${purpose}-${installation}`;
}
