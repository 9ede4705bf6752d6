import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { cappedFetch } from '../../../src/http/read-capped';
import { rtaUrl } from './rta-url';

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
