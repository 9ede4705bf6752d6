import { setCookie } from '../http/set-cookie';
import { LOGIN_SECONDS } from './login-seconds';

/** What a browser remembers of the login that it has begun. */
export interface LoginCookies {
  state: string | undefined;
  nonce: string | undefined;
}

const NAMES = ['state', 'nonce'] as const;

/**
 * `Set-Cookie` headers that make the browser remember a login. Each cookie goes out twice: the callback is a
 * POST from another site, which needs `SameSite=None`, and browsers that take that word for `Strict` need a
 * cookie without it.
 *
 * @param path what the cookies are limited to
 */
export function setLoginCookies(login: { state: string; nonce: string }, path: string): string[] {
  return NAMES.flatMap((name) => [
    setCookie(name, login[name], { path, sameSite: 'None', maxAge: LOGIN_SECONDS }),
    setCookie(`${name}_compat`, login[name], { path, sameSite: undefined, maxAge: LOGIN_SECONDS }),
  ]);
}

/** `Set-Cookie` headers that make the browser forget its login. */
export function clearLoginCookies(path: string): string[] {
  return NAMES.flatMap((name) => [
    setCookie(name, '', { path, sameSite: 'None', maxAge: 0 }),
    setCookie(`${name}_compat`, '', { path, sameSite: undefined, maxAge: 0 }),
  ]);
}

/** What the browser remembers. */
export function readLoginCookies(cookies: ReadonlyMap<string, string>): LoginCookies {
  return {
    state: cookies.get('state') || cookies.get('state_compat'),
    nonce: cookies.get('nonce') || cookies.get('nonce_compat'),
  };
}
