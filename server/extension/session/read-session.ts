import { jwtVerify } from 'jose';
import { cookieName } from '../http/cookie-name';
import { readCookies } from '../http/read-cookies';
import type { Installation } from '../installation/installation';
import type { SessionOwner } from './create-session-cookie';
import { sessionAudience } from './session-audience';
import { sessionKey } from './session-key';

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
