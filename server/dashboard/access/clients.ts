import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';
import { readDashboardCookie, setDashboardCookie } from './sessions';

/** Groups of an IPv6 address that name a network: a client that has one has all of its addresses. */
const NETWORK_GROUPS = 4;
const MOST_HOPS = 10;

/** Where a request comes from. */
export interface Client {
  /** Its IP address. */
  address: string;
  /** By which its tries are counted: the address, or for IPv6 its /64. */
  network: string;
  /** Whether the browser came by https. */
  isEncrypted: boolean;
}

/** Whether a proxy may say on whose behalf it asks. */
export type TrustProxy = (address: string, hop: number) => boolean;

/**
 * Reads TRUST_PROXY: how many proxies stand in front, or their addresses.
 *
 * @param text such as `1`, `10.0.0.5`, `10.0.0.0/8, loopback`; empty: none
 * @throws {TypeError} where it is neither
 */
export function parseTrustProxy(text: string): TrustProxy {
  if (text === '') return () => false;
  if (/^\d+$/.test(text)) {
    const hops = Number(text);
    if (hops < 1 || hops > MOST_HOPS) throw new TypeError(`not 1 to ${MOST_HOPS} proxies`);
    return (_address, hop) => hop < hops;
  }
  return proxyAddr.compile(text.split(',').map((part) => part.trim()));
}

function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6
    ? `${parsed.parts.slice(0, NETWORK_GROUPS).join(':')}::/64`
    : parsed.toString();
}

/** Returns an entry of X-Forwarded-For without its port and brackets, as some proxies write them. */
function withoutPort(entry: string): string {
  const text = entry.trim().replace(/^"|"$/g, '');
  const [, ipv6, ipv4] = /^\[([^\]]*)\](?::\d+)?$|^(\d+(?:\.\d+){3}):\d+$/.exec(text) ?? [];
  return ipv6 ?? ipv4 ?? text;
}

/** Returns the address of the client that the trusted proxies name. */
function forwardedAddress(request: IncomingMessage, trust: TrustProxy): string {
  const entries = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map(withoutPort);
  const headers = { ...request.headers, 'x-forwarded-for': entries.join(', ') };
  const cleaned: IncomingMessage = Object.create(request, { headers: { value: headers } });
  return proxyAddr(cleaned, trust);
}

/**
 * Returns where a request comes from.
 *
 * @param trust which proxies are believed; no others are
 * @param publicUrl where browsers find the Dashboard, if something stands before it
 */
export function clientOf(request: IncomingMessage, trust: TrustProxy, publicUrl: string | undefined): Client {
  const peer = request.socket.remoteAddress ?? '';
  const named = forwardedAddress(request, trust);
  // What a proxy passes on unseen may be any text.
  const address = (isIP(named) === 0 ? peer : named).replace(/^::ffff:(?=\d+\.)/i, '');
  const [scheme = ''] = String(request.headers['x-forwarded-proto'] ?? '').split(',', 1);
  const isForwardedHttps = trust(peer, 0) && scheme.trim().toLowerCase() === 'https';
  return {
    address,
    network: networkOf(address),
    isEncrypted: isForwardedHttps || (publicUrl?.startsWith('https:') ?? false),
  };
}

const COOKIE = 'dashboard-device';
const KEPT_SECONDS = 180 * 24 * 60 * 60;

/**
 * Browsers that have signed in before, as OWASP's device cookies: their tries are counted by themselves, whoever
 * else guesses from their address. The cookie opens nothing.
 */
interface Devices {
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
    const sent = Buffer.from(signature, 'base64url');
    const expected = signed(name);
    return sent.length === expected.length && timingSafeEqual(sent, expected) ? name : undefined;
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
