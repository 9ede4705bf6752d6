const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/**
 * How long to wait before the next try: doubling from a quarter of a second to five seconds, of which a
 * random half is taken off so that many callers do not come back at once.
 *
 * @param tries how many tries have failed so far, 1 or more
 * @param random 0 to 1
 * @returns milliseconds
 */
export function backoff(tries: number, random: () => number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  return wait * (1 - random() / 2);
}
