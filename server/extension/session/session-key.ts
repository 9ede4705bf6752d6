import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * A key for one purpose, derived from EXTENSION_SECRET: what is signed for one is worth nothing for another,
 * nor as a hook token, which the platform signs with the secret itself.
 */
export function sessionKey(extensionSecret: string, purpose: 'session' | 'login'): Uint8Array {
  return new Uint8Array(
    hkdfSync('sha256', extensionSecret, '', `auth0-logs-to-segment ${purpose}`, KEY_BYTES),
  );
}
