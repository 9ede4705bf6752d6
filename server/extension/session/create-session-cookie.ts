import { SignJWT } from 'jose';
import { cookieName } from '../http/cookie-name';
import { setCookie } from '../http/set-cookie';
import { sessionAudience } from './session-audience';
import { sessionKey } from './session-key';

/** A session lasts an hour; then Auth0 is asked again, which takes a moment and no password. */
const SESSION_SECONDS = 60 * 60;

/** Whose session it is. */
export interface SessionOwner {
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
