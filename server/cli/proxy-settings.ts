import { HostError } from '../errors';
import type { ProxySettings } from '../web/outgoing';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the first variable that is set, with its name; curl reads the lower case first, too. */
function firstOf(env: Environment, names: readonly string[]): [name: string, value: string] | undefined {
  for (const upper of names) {
    for (const name of [upper.toLowerCase(), upper]) {
      const value = env[name]?.trim();
      if (value) return [name, value];
    }
  }
  return undefined;
}

function readProxy(env: Environment, names: readonly string[]): string {
  const found = firstOf(env, names);
  if (!found) return '';
  const [name, value] = found;
  // Many tools accept HOST:PORT without a scheme.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.hostname !== '') return url.href;
  // The value may contain a password.
  throw new HostError(
    `${name} is not the URL of an HTTP proxy. Write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters of the password percent-encoded.`,
    78,
  );
}

/**
 * Reads HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either case.
 *
 * @returns `undefined` if no proxy is set
 * @throws {HostError} if a value is not the URL of an HTTP proxy; the value is not shown
 */
export function readProxySettings(env: Environment): ProxySettings | undefined {
  const httpProxy = readProxy(env, ['HTTP_PROXY', 'ALL_PROXY']);
  const httpsProxy = readProxy(env, ['HTTPS_PROXY', 'ALL_PROXY']);
  const [, noProxy = ''] = firstOf(env, ['NO_PROXY']) ?? [];
  return httpProxy === '' && httpsProxy === '' ? undefined : { httpProxy, httpsProxy, noProxy };
}
