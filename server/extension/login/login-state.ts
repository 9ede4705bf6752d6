import { jwtVerify, SignJWT } from 'jose';
import type { Installation } from '../installation/installation';
import { sessionKey } from '../session/session-key';
import { LOGIN_SECONDS } from './login-seconds';

const audienceOf = (baseUrl: string) => `${baseUrl}#login`;

/**
 * The `state` of a login: names the login, and says by its signature that it was begun here and how long ago.
 * Nothing has to be stored for it, however many logins are begun.
 *
 * @param id random, for this login alone
 * @param now milliseconds since 1970
 */
export function signLoginState(id: string, { extensionSecret, baseUrl }: Installation, now: number) {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: 'login+jwt' })
    .setJti(id)
    .setIssuer(baseUrl)
    .setAudience(audienceOf(baseUrl))
    .setExpirationTime(Math.floor(now / 1000) + LOGIN_SECONDS)
    .sign(sessionKey(extensionSecret, 'login'));
}

/**
 * Reads a `state` back.
 *
 * @param now milliseconds since 1970
 * @returns the login's id, or `undefined` for one that was not begun here, or too long ago
 */
export async function readLoginState(
  state: string,
  { extensionSecret, baseUrl }: Installation,
  now: number,
): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(state, sessionKey(extensionSecret, 'login'), {
      algorithms: ['HS256'],
      typ: 'login+jwt',
      issuer: baseUrl,
      audience: audienceOf(baseUrl),
      requiredClaims: ['jti', 'exp'],
      currentDate: new Date(now),
    });
    return payload.jti;
  } catch {
    return undefined;
  }
}
