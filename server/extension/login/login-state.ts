import { createHash } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Installation } from '../installation/installation';
import { sessionKey } from '../session/session-key';
import { LOGIN_SECONDS } from './login-seconds';

const audienceOf = (baseUrl: string) => `${baseUrl}#login`;

/** What a state says of its login's nonce: the state travels in addresses, the nonce itself in the id token. */
export const nonceDigest = (nonce: string) => createHash('sha256').update(nonce).digest('base64url');

/**
 * The `state` of a login: names the login and its nonce, and says by its signature that it was begun here and how
 * long ago. Nothing has to be stored for it, however many logins are begun.
 *
 * @param login `id` and `nonce` are random, for this login alone
 * @param now milliseconds since 1970
 */
export function signLoginState(
  { id, nonce }: { id: string; nonce: string },
  { extensionSecret, baseUrl }: Installation,
  now: number,
) {
  return new SignJWT({ nonce_digest: nonceDigest(nonce) })
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
 * @returns the login's id and the digest of its nonce, or `undefined` for one that was not begun here, or too long
 *   ago
 */
export async function readLoginState(
  state: string,
  { extensionSecret, baseUrl }: Installation,
  now: number,
): Promise<{ id: string; nonceDigest: string } | undefined> {
  try {
    const { payload } = await jwtVerify(state, sessionKey(extensionSecret, 'login'), {
      algorithms: ['HS256'],
      typ: 'login+jwt',
      issuer: baseUrl,
      audience: audienceOf(baseUrl),
      requiredClaims: ['jti', 'exp', 'nonce_digest'],
      currentDate: new Date(now),
    });
    return { id: String(payload.jti), nonceDigest: String(payload.nonce_digest) };
  } catch {
    return undefined;
  }
}
