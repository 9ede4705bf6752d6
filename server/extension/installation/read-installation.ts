import { HttpError } from '../http/http-error';
import { baseUrl, cleanAddress } from './base-url';
import type { Installation } from './installation';

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
  const domain = text('AUTH0_DOMAIN').toLowerCase();
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
    rta: (text('AUTH0_RTA') || DEFAULT_RTA).replace(/^https?:\/\//, '').replace(/\/+$/, ''),
    manageUrl: cleanAddress(text('AUTH0_MANAGE_URL')) ?? DEFAULT_MANAGE_URL,
    baseUrl: base,
    cookiePath: new URL(base).pathname,
    hookUrls: [...new Set([wtUrl, wtUrl.replace(/\/+$/, ''), base])].filter(Boolean),
  };
}
