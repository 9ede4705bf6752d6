import { createHash, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { cookieName, setCookie } from '../../web/cookies';
import type { Installation } from '../installation';
import { sessionKey } from '../session';

/** Time to type a password and a second factor. */
const LOGIN_SECONDS = 10 * 60;

/** What a browser remembers of the login that it has begun. */
interface LoginCookies {
  state: string | undefined;
  nonce: string | undefined;
}

/** Where the cookies belong. */
type Place = Pick<Installation, 'baseUrl' | 'cookiePath'>;

const PARTS = ['state', 'nonce'] as const;

/** The second cookie of each, for browsers that do not know `SameSite=None`. */
const compat = (name: string) => `${name}-compat`;

function cookies(
  { baseUrl, cookiePath }: Place,
  partOf: (part: 'state' | 'nonce') => string,
  maxAge: number,
) {
  return PARTS.flatMap((part) => {
    const name = cookieName(part, baseUrl);
    return [
      setCookie(name, partOf(part), { path: cookiePath, sameSite: 'None', maxAge }),
      setCookie(compat(name), partOf(part), { path: cookiePath, sameSite: undefined, maxAge }),
    ];
  });
}

/**
 * `Set-Cookie` headers that make the browser remember a login. Each cookie goes out twice: the callback is a
 * POST from another site, which needs `SameSite=None`, and browsers that take that word for `Strict` need a
 * cookie without it.
 */
export function setLoginCookies(login: { state: string; nonce: string }, place: Place): string[] {
  return cookies(place, (part) => login[part], LOGIN_SECONDS);
}

/** `Set-Cookie` headers that make the browser forget its login. */
export function clearLoginCookies(place: Place): string[] {
  return cookies(place, () => '', 0);
}

/** What the browser remembers of a login at an installation. */
export function readLoginCookies(
  all: ReadonlyMap<string, string>,
  { baseUrl }: Pick<Installation, 'baseUrl'>,
): LoginCookies {
  const partOf = (part: 'state' | 'nonce') => {
    const name = cookieName(part, baseUrl);
    return all.get(name) || all.get(compat(name));
  };
  return { state: partOf('state'), nonce: partOf('nonce') };
}

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

/** Whether two texts are the same, in a time that tells nothing about them; an empty one is like no other. */
export function sameText(a: string | undefined, b: string | undefined): boolean {
  if (!a || !b) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** A stolen callback is worth nothing after this many others at the latest; each takes about 100 bytes. */
const REMEMBERED = 10_000;

/** Remembers the logins that have been finished, so that none is finished twice. */
export interface UsedLogins {
  /** Whether a login is finished for the first time; from then on it is not. */
  claim(id: string): boolean;
}

/**
 * Makes the memory of finished logins. It lasts as long as the process; the browser's own cookies, which are
 * taken away with the callback, and the login's expiry hold beyond that.
 */
export function createUsedLogins(): UsedLogins {
  const used = new LRUCache<string, true>({ max: REMEMBERED, ttl: LOGIN_SECONDS * 1000 });
  return {
    claim: (id) => {
      if (used.has(id)) return false;
      used.set(id, true);
      return true;
    },
  };
}
