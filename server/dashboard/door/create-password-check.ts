import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { LONGEST_PASSWORD } from './longest-password';

/** OWASP's recommendation of 2023: 64 MB and about a tenth of a second for each try. */
const COST: ScryptOptions = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const KEY_BYTES = 32;

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/**
 * Makes the check of a password. The password itself is forgotten.
 *
 * @returns whether a text is the password, in the same time whatever it is; one at a time, so that many tries
 *   take no more memory than one
 */
export async function createPasswordCheck(password: string): Promise<(text: string) => Promise<boolean>> {
  const salt = randomBytes(16);
  const expected = await derive(password, salt);
  let last: Promise<unknown> = Promise.resolve();
  return (text) => {
    if (Buffer.byteLength(text) > LONGEST_PASSWORD) return Promise.resolve(false);
    const result = last.then(async () => timingSafeEqual(await derive(text, salt), expected));
    last = result.catch(() => {});
    return result;
  };
}
