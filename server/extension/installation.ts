import { isLoopback } from '../../src/http/address';
import { bareDomain } from '../../src/settings';
import { HttpError } from '../web/http';

const HOST = /^(\[[\da-f:]+\]|[a-z\d]([a-z\d.-]*[a-z\d])?)(:\d{1,5})?$/i;

/** An http address without query, fragment and slashes at its end; `undefined` where it is none. */
function cleanAddress(address: unknown): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined;
  const { protocol, origin, pathname } = new URL(address);
  return /^https?:$/.test(protocol) ? origin + pathname.replace(/\/+$/, '') : undefined;
}

/**
 * The address of the extension, without a slash at its end: what the platform says it is, whatever host a
 * request names; the request's own only where the platform says nothing.
 *
 * @param secrets `PUBLIC_WT_URL` goes before `WT_URL`
 * @param host the request's
 * @param basePath the part of the request's path that leads to the extension
 * @throws {HttpError} 400 `invalid_host` where only the request could tell, and its host is no host name
 */
function baseUrl(secrets: Readonly<Record<string, unknown>>, host: string, basePath: string): string {
  const configured = cleanAddress(secrets.PUBLIC_WT_URL) ?? cleanAddress(secrets.WT_URL);
  if (configured) return configured;
  if (!HOST.test(host)) throw new HttpError(400, 'invalid_host', 'The Host header is not a host name.');
  const scheme = isLoopback(host.replace(/:\d+$/, '')) ? 'http' : 'https';
  return `${scheme}://${host.toLowerCase()}${basePath}`;
}

/** What the platform passed to the extension when it was installed, and where it is reached. */
export interface Installation {
  /** The tenant's domain. */
  domain: string;
  clientId: string;
  clientSecret: string;
  /** Signs sessions and hook tokens. */
  extensionSecret: string;
  /** Domain of the server where the Dashboard's administrators sign in. */
  rta: string;
  /** Address of the Dashboard that the extension is opened from, without a slash at its end. */
  manageUrl: string;
  /** Without a slash at its end: the client id for administrators, and the start of every address. */
  baseUrl: string;
  /** The path of `baseUrl`: what the extension's cookies are limited to. */
  cookiePath: string;
  /** The addresses that the platform may name in a hook token. */
  hookUrls: readonly string[];
}

/** Whether browsers keep cookies for an address that only travel encrypted: https, or their own machine. */
export function isSecureAddress(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || isLoopback(hostname);
}

/** Where Auth0's public cloud has its administrators sign in. */
const DEFAULT_RTA = 'auth0.auth0.com';
/** The Dashboard of Auth0's public cloud. */
const DEFAULT_MANAGE_URL = 'https://manage.auth0.com';
/** A key of fewer bits than its HMAC can be guessed (RFC 7518, 3.2, asks for 32 bytes; this leaves room). */
const SHORTEST_SECRET = 16;

/**
 * Reads what the platform passed at installation.
 *
 * @param secrets the webtask's
 * @param host of a request, for where the platform does not say how the extension is reached
 * @param basePath the part of that request's path that leads to the extension
 * @throws {HttpError} 500 `not_installed` where something is missing without which nobody can be let in
 */
export function readInstallation(
  secrets: Readonly<Record<string, unknown>>,
  host: string,
  basePath: string,
): Installation {
  const text = (name: string) => (typeof secrets[name] === 'string' ? secrets[name].trim() : '');
  const domain = bareDomain(text('AUTH0_DOMAIN'));
  const extensionSecret = text('EXTENSION_SECRET');
  const missing = [
    domain === '' ? 'AUTH0_DOMAIN' : '',
    extensionSecret.length < SHORTEST_SECRET ? 'EXTENSION_SECRET' : '',
  ].filter(Boolean);
  if (missing.length > 0) {
    throw new HttpError(
      500,
      'not_installed',
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing or too short. The platform sets them when the extension is installed: install it again, or set them where you host it yourself.`,
    );
  }
  const base = baseUrl(secrets, host, basePath);
  const wtUrl = text('WT_URL');
  return {
    domain,
    clientId: text('AUTH0_CLIENT_ID'),
    clientSecret: text('AUTH0_CLIENT_SECRET'),
    extensionSecret,
    rta: bareDomain(text('AUTH0_RTA') || DEFAULT_RTA),
    manageUrl: cleanAddress(text('AUTH0_MANAGE_URL')) ?? DEFAULT_MANAGE_URL,
    baseUrl: base,
    cookiePath: new URL(base).pathname,
    hookUrls: [...new Set([wtUrl, wtUrl.replace(/\/+$/, ''), base])].filter(Boolean),
  };
}
