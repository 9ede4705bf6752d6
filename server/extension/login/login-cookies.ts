import { cookieName } from '../http/cookie-name';
import { setCookie } from '../http/set-cookie';
import type { Installation } from '../installation/installation';
import { LOGIN_SECONDS } from './login-seconds';

/** What a browser remembers of the login that it has begun. */
export interface LoginCookies {
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
