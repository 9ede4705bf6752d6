/**
 * A number from 0 up to, not including, 1 that depends on nothing but its arguments: what makes generated
 * users and logs the same on every run, and each of them reachable without the ones before it.
 *
 * @param salt keeps the choices made for one index independent of each other
 */
export function chance(seed: number, index: number, salt: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  hash ^= Math.imul(salt + 1, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x100000000;
}
