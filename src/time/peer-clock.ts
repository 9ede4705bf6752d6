import type { Clock } from './clock';

/** `Date` is cut off to the second. */
const DATE_STEP_MS = 1_000;

/** What time it is where a peer's answers come from. */
export interface PeerClock {
  /**
   * Learns from an answer that has just arrived.
   *
   * @param headers its `Date` counts; without one, nothing is learnt
   * @param sentAt when its request was sent, on the monotonic clock
   */
  learn(headers: Headers, sentAt: number): void;
  /**
   * Milliseconds since 1970 by the peer's clock: never later than it is there, so that what waits for a moment of
   * the peer's never comes too early. At first that may be a second and the answer's way behind; every answer
   * that comes right after the peer's second has changed makes it better. By this machine's clock until an answer
   * has told its `Date`.
   */
  now(): number;
}

/** Makes the clock of one peer. */
export function createPeerClock(clock: Pick<Clock, 'now' | 'monotonic'>): PeerClock {
  // The peer's time of day less the monotonic clock here: it is at least that.
  let atLeast: number | undefined;
  return {
    learn: (headers, sentAt) => {
      const date = Date.parse(headers.get('date') ?? '');
      if (Number.isNaN(date)) return;
      const known = date - clock.monotonic();
      // An answer that contradicts those before it comes from a clock that was set since, or from another one.
      const isContradicted = atLeast !== undefined && date + DATE_STEP_MS - sentAt < atLeast;
      if (atLeast === undefined || known > atLeast || isContradicted) atLeast = known;
    },
    now: () => (atLeast === undefined ? clock.now() : clock.monotonic() + atLeast),
  };
}
