import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readCookies } from '../../extension/http/read-cookies';

const COOKIE = 'dashboard-session';
const SESSION_MS = 12 * 60 * 60 * 1000;
const MOST_SESSIONS = 100;

/** Who is signed in, and the tokens that go with it. */
export interface Sessions {
  /** Whether a request's cookies hold a session that is still valid. */
  isSignedIn(cookieHeader: string | undefined): boolean;
  /**
   * Begins a session.
   *
   * @returns a `Set-Cookie` header
   */
  begin(): string;
  /**
   * Ends the session of a request.
   *
   * @returns a `Set-Cookie` header
   */
  end(cookieHeader: string | undefined): string;
  /** What a page of this session must send with every change. */
  csrfToken(cookieHeader: string | undefined): string;
  isCsrfToken(token: unknown, cookieHeader: string | undefined): boolean;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * Makes the sessions. They live in memory: a restart signs everybody out.
 *
 * @param hasPassword without one everybody on this machine is signed in
 * @param isEncrypted whether browsers come by https: their cookies then never travel without
 */
export function createSessions({
  hasPassword,
  isEncrypted,
  now,
}: {
  hasPassword: boolean;
  isEncrypted: boolean;
  now: () => number;
}): Sessions {
  const key = randomBytes(32);
  const sessions = new Map<string, number>();
  const idOf = (cookieHeader: string | undefined) => readCookies(cookieHeader).get(COOKIE) ?? '';
  // Kept as digests: looking one up takes the same time whatever was sent.
  const nameOf = (id: string) => digest(id).toString('hex');
  const cookie = (value: string, seconds: number) =>
    `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isEncrypted ? '; Secure' : ''}`;
  const isSignedIn = (cookieHeader: string | undefined) =>
    !hasPassword || (sessions.get(nameOf(idOf(cookieHeader))) ?? 0) > now();
  const csrfToken = (cookieHeader: string | undefined) =>
    createHmac('sha256', key)
      .update(hasPassword ? idOf(cookieHeader) : 'this machine')
      .digest('base64url');
  return {
    isSignedIn,
    begin: () => {
      for (const [name, until] of sessions) {
        if (until <= now() || sessions.size >= MOST_SESSIONS) sessions.delete(name);
      }
      const id = randomBytes(32).toString('base64url');
      sessions.set(nameOf(id), now() + SESSION_MS);
      return cookie(id, SESSION_MS / 1000);
    },
    end: (cookieHeader) => {
      sessions.delete(nameOf(idOf(cookieHeader)));
      return cookie('', 0);
    },
    csrfToken,
    isCsrfToken: (token, cookieHeader) =>
      typeof token === 'string' && timingSafeEqual(digest(token), digest(csrfToken(cookieHeader))),
  };
}
