import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `Authorization` header carries a token, compared in constant time whatever their lengths.
 *
 * @param header such as `Bearer TOKEN`
 * @param token the expected one; without one nothing is ever right
 */
export function isToken(header: unknown, token: unknown): boolean {
  if (typeof token !== 'string' || token === '' || typeof header !== 'string') return false;
  const sent = /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? '';
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(sent), digest(token));
}
