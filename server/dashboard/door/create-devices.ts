import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { readDashboardCookie, setDashboardCookie } from './dashboard-cookie';

const COOKIE = 'dashboard-device';
const KEPT_SECONDS = 180 * 24 * 60 * 60;

/**
 * Browsers that have signed in before, as OWASP's device cookies: their tries are counted by themselves, whoever
 * else guesses from their address. The cookie opens nothing.
 */
export interface Devices {
  /** The name of the browser that a request comes from; `undefined` where it never signed in. */
  read(cookieHeader: string | undefined, isEncrypted: boolean): string | undefined;
  /** A `Set-Cookie` header for the browser that has just signed in. */
  remember(cookieHeader: string | undefined, isEncrypted: boolean): string;
}

/**
 * Makes the devices.
 *
 * @param secret of this installation; it outlives the process, so that a restart forgets no browser
 */
export function createDevices(secret: string): Devices {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'dashboard device', 32));
  const signed = (name: string) => createHmac('sha256', key).update(name).digest();
  const read: Devices['read'] = (cookieHeader, isEncrypted) => {
    const [name = '', signature = ''] = readDashboardCookie(cookieHeader, COOKIE, isEncrypted).split('.');
    const given = Buffer.from(signature, 'base64url');
    const expected = signed(name);
    return given.length === expected.length && timingSafeEqual(given, expected) ? name : undefined;
  };
  return {
    read,
    remember: (cookieHeader, isEncrypted) => {
      const name = read(cookieHeader, isEncrypted) ?? randomBytes(16).toString('base64url');
      const value = `${name}.${signed(name).toString('base64url')}`;
      return setDashboardCookie(COOKIE, value, KEPT_SECONDS, isEncrypted);
    },
  };
}
