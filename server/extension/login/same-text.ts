import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same, in a time that tells nothing about them; an empty one is like no other. */
export function sameText(a: string | undefined, b: string | undefined): boolean {
  if (!a || !b) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
