/** What a try came to: it is done, or failed with something that may pass. What will not pass, a try throws. */
export type Try<T, F> =
  | { done: T }
  | {
      failed: F;
      /** Milliseconds that the peer asks to be left alone, where it does. */
      askedMs?: number | undefined;
    };

/** When it is tried again. */
export interface RetryPace {
  /** Milliseconds to wait after so many failed tries, 1 or more; a peer that asks for more gets it. */
  backoff: (tries: number) => number;
  /** Whether there is time for waiting so many milliseconds and for another try. */
  allowsWait: (ms: number) => boolean;
  sleep: (ms: number) => Promise<void>;
  /** Tries at most; as many as there is time for where it is not given. */
  mostTries?: number;
}

/**
 * Tries something until it is done, or until nothing allows another try.
 *
 * @returns what was done, or what the last of how many tries failed with
 * @throws what a try, or the wait for the next, throws
 */
export async function retry<T, F>(
  attempt: () => Promise<Try<T, F>>,
  { backoff, allowsWait, sleep, mostTries = Number.POSITIVE_INFINITY }: RetryPace,
): Promise<{ done: T } | { failed: F; tries: number }> {
  for (let tries = 1; ; tries += 1) {
    const result = await attempt();
    if ('done' in result) return result;
    const { failed, askedMs = 0 } = result;
    const wait = Math.max(askedMs, backoff(tries));
    if (tries >= mostTries || !allowsWait(wait)) return { failed, tries };
    await sleep(wait);
  }
}
