/** How a cookie is kept. */
export interface CookieOptions {
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
