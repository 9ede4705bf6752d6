import { mountPath } from '../webtask/mount';
import type { Installation } from './installation';
import { manifest } from './manifest';

/** A run of the host's own may take this long; nothing cuts it here, but the next is due in five minutes. */
const RUN_SECONDS = '240';

/**
 * The client secret for a domain: a secret meets no other domain than the one that it came with, whoever has
 * changed that one since.
 *
 * @returns empty where there is none for it
 */
function clientSecretFor(
  domain: string,
  saved: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): string {
  if (given.AUTH0_CLIENT_SECRET !== undefined) {
    return given.AUTH0_DOMAIN === undefined ? '' : given.AUTH0_CLIENT_SECRET;
  }
  // Before the domain was saved with it, a secret was entered for the domain that is given from outside.
  const { AUTH0_CLIENT_SECRET = '', AUTH0_DOMAIN = domain } = saved;
  return AUTH0_DOMAIN.toLowerCase() === domain.toLowerCase() ? AUTH0_CLIENT_SECRET : '';
}

/**
 * What the webtask finds in `context.secrets`: what the platform passes at installation, and every setting
 * as a string. What is given from outside goes before what was saved, that before the manifest's defaults.
 *
 * @param given settings from arguments, environment and config.json
 * @param baseUrl of the extension's page, without a slash at its end
 */
export function toSecrets(
  { extensionSecret, installed }: Installation,
  given: Readonly<Record<string, string>>,
  baseUrl: string,
): Record<string, string> {
  const defaults = Object.entries(manifest.secrets).map(([name, setting]) => [name, setting.default ?? '']);
  const saved = installed?.settings ?? {};
  const domain = given.AUTH0_DOMAIN ?? saved.AUTH0_DOMAIN ?? '';
  return {
    ...Object.fromEntries(defaults),
    MAX_RUN_SECONDS: RUN_SECONDS,
    AUTH0_RTA: 'auth0.auth0.com',
    // The Dashboard that leads to the page is this host's own.
    AUTH0_MANAGE_URL: baseUrl.slice(0, Math.max(0, baseUrl.lastIndexOf(mountPath))),
    ...saved,
    ...given,
    AUTH0_DOMAIN: domain,
    AUTH0_CLIENT_SECRET: clientSecretFor(domain, saved, given),
    EXTENSION_SECRET: extensionSecret,
    WT_URL: baseUrl,
    PUBLIC_WT_URL: baseUrl,
  };
}
