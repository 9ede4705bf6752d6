import { readFileSync } from 'node:fs';

/** The secrets that the tests and the sandbox use, a line each. */
export const sandboxSecrets = readFileSync(new URL('./sandbox-secrets.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '');

/**
 * Throws when one of the secrets that the tests use stands in something that left the extension.
 *
 * @param place where it would stand, for the message
 */
export function assertNoSecrets(place: string, data: unknown): void {
  const text = JSON.stringify(data) ?? '';
  const found = sandboxSecrets.find((secret) =>
    [secret, Buffer.from(secret).toString('base64'), Buffer.from(`${secret}:`).toString('base64')].some(
      (form) => text.includes(form),
    ),
  );
  if (found) throw new Error(`${place} holds the secret ${found}`);
}
