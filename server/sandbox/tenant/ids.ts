/**
 * A number from 0 up to, not including, 1 that depends on nothing but its arguments: what makes generated
 * users and logs the same on every run, and each of them reachable without the ones before it.
 *
 * @param salt keeps the choices made for one index independent of each other
 */
export function seededRandom(seed: number, index: number, salt: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  hash ^= Math.imul(salt + 1, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x100000000;
}

const DAY = 86_400_000;

/** The last day asked for: generated logs lie close together, and formatting a date is the costly part. */
let lastDay = Number.NaN;
let lastDayDigits = '';

/** The 17 digits of an instant, `YYYYMMDDhhmmssmmm`, which sort as time does. */
export function dateDigits(epochMs: number): string {
  const day = Math.floor(epochMs / DAY);
  if (day !== lastDay) {
    lastDayDigits = new Date(day * DAY).toISOString().slice(0, 10).replaceAll('-', '');
    lastDay = day;
  }
  const ms = Math.floor(epochMs - day * DAY);
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const clock = hours * 10_000_000 + minutes * 100_000 + (ms % 60_000);
  return lastDayDigits + String(clock).padStart(9, '0');
}

/** The position that `logId` wrote into an id; NaN for an id of another make. */
export function logIdPosition(id: string): number {
  return Number(id.slice(20, 32));
}

const TAIL = '000001223372036854775807';

/** A `log_id` of 56 digits, as Auth0's look: its time first, then its position, so that it sorts as text. */
export function logId(timeDigits: string, position: number): string {
  return `900${timeDigits}${String(position).padStart(12, '0')}${TAIL}`;
}
