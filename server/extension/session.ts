import { hkdfSync } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../src/time';
import { cookieName, readCookies, setCookie } from '../web/cookies';
import { HttpError } from '../web/http';
import type { Installation } from './installation';
import type { Handler } from './request-context';

/** The audience of a session of the extension at an address: neither a hook's nor another extension's. */
function sessionAudience(baseUrl: string): string {
  return `${baseUrl}#session`;
}

const KEY_BYTES = 32;

/**
 * A key for one purpose, derived from EXTENSION_SECRET: what is signed for one is worth nothing for another,
 * nor as a hook token, which the platform signs with the secret itself.
 */
export function sessionKey(extensionSecret: string, purpose: 'session' | 'login'): Uint8Array {
  return new Uint8Array(
    hkdfSync('sha256', extensionSecret, '', `auth0-logs-to-segment ${purpose}`, KEY_BYTES),
  );
}

/** A session lasts an hour; then Auth0 is asked again, which takes a moment and no password. */
const SESSION_SECONDS = 60 * 60;

/** Whose session it is. */
interface SessionOwner {
  /** The `sub` of the administrator. */
  subject: string;
  /** Shown on the page; it opens nothing. */
  email: string;
}

/**
 * Makes the cookie that lets an administrator in: a token signed with a key of EXTENSION_SECRET, for this
 * address alone, without any token of Auth0's inside. Whoever hosts the extension and knows its visitors by
 * other means may set it for them:
 *
 * ```ts
 * response.setHeader('set-cookie', await createSessionCookie({ extensionSecret, baseUrl, owner, now }));
 * ```
 *
 * `SameSite=Lax`: the way back from Auth0's login is a navigation from another site, which `Strict` would
 * leave outside; nothing that changes anything is a GET.
 *
 * @param baseUrl the address of the extension as its secrets name it (PUBLIC_WT_URL, else WT_URL), without a
 *   slash at its end
 * @param now milliseconds since 1970
 * @param until milliseconds since 1970: the session ends then, if not before
 * @returns a `Set-Cookie` header
 */
export async function createSessionCookie({
  extensionSecret,
  baseUrl,
  owner,
  now,
  until = Number.POSITIVE_INFINITY,
}: {
  extensionSecret: string;
  baseUrl: string;
  owner: SessionOwner;
  now: number;
  until?: number;
}): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const expires = Math.min(seconds + SESSION_SECONDS, Math.floor(until / 1000));
  const token = await new SignJWT({ email: owner.email })
    .setProtectedHeader({ alg: 'HS256', typ: 'session+jwt' })
    .setSubject(owner.subject)
    .setIssuer(baseUrl)
    .setAudience(sessionAudience(baseUrl))
    .setIssuedAt(seconds)
    .setExpirationTime(expires)
    .sign(sessionKey(extensionSecret, 'session'));
  return setCookie(cookieName('session', baseUrl), token, {
    path: new URL(baseUrl).pathname,
    sameSite: 'Lax',
    maxAge: Math.max(0, expires - seconds),
  });
}

/**
 * Whose session a request carries. A session is taken from its cookie alone: in an address or a header of
 * its own it would end up in logs and in other sites' hands.
 *
 * @param cookieHeader the request's `Cookie` header
 * @param now milliseconds since 1970
 * @returns `undefined` without a session, and for one that is not of this installation, or not of this time
 */
export async function readSession(
  cookieHeader: string | undefined,
  { extensionSecret, baseUrl }: Installation,
  now: number,
): Promise<SessionOwner | undefined> {
  const token = readCookies(cookieHeader).get(cookieName('session', baseUrl));
  if (!token) return undefined;
  try {
    const { payload } = await jwtVerify(token, sessionKey(extensionSecret, 'session'), {
      algorithms: ['HS256'],
      typ: 'session+jwt',
      issuer: baseUrl,
      audience: sessionAudience(baseUrl),
      requiredClaims: ['sub', 'iat', 'exp'],
      currentDate: new Date(now),
    });
    const { sub = '', email } = payload;
    return { subject: sub, email: typeof email === 'string' ? email : '' };
  } catch {
    return undefined;
  }
}

/**
 * Lets a handler be reached with a session only.
 *
 * @throws {HttpError} 401 `no_session`, from the handler that is returned
 */
export function requireSession(clock: Clock, handler: Handler): Handler {
  return async (request, response) => {
    const { installation } = response.locals.visit;
    if (!(await readSession(request.headers.cookie, installation, clock.now()))) {
      throw new HttpError(401, 'no_session', 'Sign in first: there is no session, or it has ended.');
    }
    await handler(request, response);
  };
}
