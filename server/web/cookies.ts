import { createHash } from 'node:crypto';

/**
 * The cookies of a request by their name; where one is sent twice, the one with the more specific path, which
 * browsers send first.
 *
 * @param header the `Cookie` header
 */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (name !== '' && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}

/** How a cookie is kept. */
interface CookieOptions {
  /** The part of the host that gets it back: an installation's path. */
  path: string;
  sameSite: 'Strict' | 'Lax' | 'None' | undefined;
  /** Seconds; 0 takes it away. */
  maxAge: number;
}

/**
 * A `Set-Cookie` header for a cookie that no script reads and that only travels encrypted; browsers treat
 * loopback as such.
 *
 * @param value base64url and dots only: nothing is encoded
 */
export function setCookie(name: string, value: string, { path, sameSite, maxAge }: CookieOptions): string {
  const kind = sameSite ? `; SameSite=${sameSite}` : '';
  return `${name}=${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; Secure${kind}`;
}

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
