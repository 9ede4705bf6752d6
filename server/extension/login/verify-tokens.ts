import { createHash } from 'node:crypto';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { isLoopback } from '../../../src/http/address';
import { cappedFetch } from '../../../src/http/read-capped';
import { HttpError } from '../../web/http';
import type { Installation } from '../installation';
import { sameText } from './login-state';

/**
 * Where administrators sign in.
 *
 * @param rta domain; a sandbox on this machine may add a port and is spoken to over plain HTTP
 */
export function rtaUrl(rta: string): string {
  const scheme = isLoopback(rta.replace(/:\d+$/, '')) ? 'http' : 'https';
  return `${scheme}://${rta}`;
}

/** An answer that takes longer keeps an administrator waiting for nothing. */
const TIMEOUT_MS = 5_000;
/** Tokens that name unknown keys make the keys be fetched again, this often at most. */
const COOLDOWN_MS = 30_000;

/** Finds the key that a login server signed a token with. */
export type IssuerKeys = (rta: string) => JWTVerifyGetKey;

/**
 * Keeps the public keys of the login server while the process lives: many logins at once fetch them once.
 *
 * @param fetch asked for `/.well-known/jwks.json`
 */
export function createIssuerKeys(fetch: typeof globalThis.fetch): IssuerKeys {
  let known: { rta: string; keys: JWTVerifyGetKey } | undefined;
  return (rta) => {
    if (known?.rta !== rta) {
      const url = new URL(`${rtaUrl(rta)}/.well-known/jwks.json`);
      const keys = createRemoteJWKSet(url, {
        timeoutDuration: TIMEOUT_MS,
        cooldownDuration: COOLDOWN_MS,
        [customFetch]: cappedFetch(fetch),
      });
      known = { rta, keys };
    }
    return known.keys;
  };
}

/** Clocks that differ by less are right. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Errors that say nothing about the token: the keys did not come, or were none. */
const NO_KEYS = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

/** The administrator whom the tokens of a callback name. */
interface Administrator {
  subject: string;
  email: string;
  /** Milliseconds since 1970: the end of the id token. */
  until: number;
}

/** What a callback brought, and what it is checked against. */
interface CallbackTokens {
  idToken: string;
  accessToken: string;
  /** The browser's own, from its cookie. */
  nonce: string;
}

const refusal = (message: string) => new HttpError(403, 'login_refused', message);

/** Verifies a token of the login server: its signature by the server's own keys, issuer, audience and time. */
async function verify(token: string, what: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions) {
  try {
    const { payload } = await jwtVerify(token, keys, {
      ...options,
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'iat', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError && !NO_KEYS.has(error.code)) {
      throw refusal(`The ${what} was not accepted (${error.code}). Sign in again.`);
    }
    throw new HttpError(
      502,
      'login_unavailable',
      "The keys of Auth0's login server could not be fetched. Try again in a moment.",
    );
  }
}

/**
 * Whether an access token is the one that an id token was issued with. The id token of a login that brings both must
 * say so (OpenID Connect Core, 3.2.2.9 and 3.2.2.10).
 */
function belongsTogether({ at_hash: expected }: JWTPayload, accessToken: string): boolean {
  const digest = createHash('sha256').update(accessToken).digest();
  return sameText(
    typeof expected === 'string' ? expected : undefined,
    digest.subarray(0, digest.length / 2).toString('base64url'),
  );
}

/**
 * Verifies the tokens of a callback. The id token says who signed in, here and just now; the access token,
 * which only administrators of the tenant get, says that they may.
 *
 * @param now milliseconds since 1970
 * @throws {HttpError} 403 `login_refused`, 502 `login_unavailable`
 */
export async function verifyTokens(
  { idToken, accessToken, nonce }: CallbackTokens,
  { baseUrl, domain, rta }: Installation,
  keys: JWTVerifyGetKey,
  now: number,
): Promise<Administrator> {
  const options = { issuer: `https://${rta}/`, currentDate: new Date(now) };
  const id = await verify(idToken, 'id token', keys, { ...options, audience: baseUrl });
  const access = await verify(accessToken, 'access token', keys, {
    ...options,
    audience: `https://${domain}/api/v2/`,
  });
  // A subject that is empty is the same in both tokens, and nobody.
  if (!id.sub) throw refusal('The id token names nobody.');
  const latest = now / 1000 + CLOCK_TOLERANCE_SECONDS;
  if ([id, access].some(({ iat = Number.POSITIVE_INFINITY }) => iat > latest)) {
    throw refusal('A token of this login is from the future. Sign in again.');
  }
  if (Array.isArray(id.aud) && id.aud.length > 1)
    throw refusal('The id token is not for this extension alone.');
  if (!sameText(typeof id.nonce === 'string' ? id.nonce : undefined, nonce)) {
    throw refusal('The id token is not that of this login. Sign in again.');
  }
  if (access.azp !== baseUrl) throw refusal('The access token was issued to another application.');
  if (access.sub !== id.sub) throw refusal('The two tokens are of different people.');
  if (!belongsTogether(id, accessToken)) throw refusal('The two tokens are not of the same login.');
  return {
    subject: id.sub,
    email: typeof id.email === 'string' ? id.email : '',
    until: (id.exp ?? 0) * 1000,
  };
}
