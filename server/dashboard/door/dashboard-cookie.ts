import { readCookies } from '../../extension/http/read-cookies';

/**
 * The name of a cookie. By https it is one that browsers take from this very host alone, and only encrypted.
 *
 * @param isEncrypted whether the browser came by https
 */
const nameOf = (name: string, isEncrypted: boolean) => (isEncrypted ? `__Host-${name}` : name);

/** The value of a cookie of the Dashboard; empty without one. */
export function readDashboardCookie(header: string | undefined, name: string, isEncrypted: boolean): string {
  return readCookies(header).get(nameOf(name, isEncrypted)) ?? '';
}

/**
 * A `Set-Cookie` header for the whole of the Dashboard, which no script reads and no other site sends along.
 *
 * @param value base64url and dots only: nothing is encoded
 * @param seconds how long it is kept; 0 takes it away
 */
export function setDashboardCookie(
  name: string,
  value: string,
  seconds: number,
  isEncrypted: boolean,
): string {
  return `${nameOf(name, isEncrypted)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isEncrypted ? '; Secure' : ''}`;
}
