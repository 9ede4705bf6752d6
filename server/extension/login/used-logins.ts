import { LRUCache } from 'lru-cache';
import { LOGIN_SECONDS } from './login-seconds';

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
