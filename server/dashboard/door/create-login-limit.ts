const WINDOW_MS = 15 * 60 * 1000;
/** Wrong passwords in a quarter of an hour: from one address, and from all of them. */
const MOST_FROM_ONE = 5;
const MOST_FROM_ALL = 100;

/** Keeps count of wrong passwords. */
export interface LoginLimit {
  /** Milliseconds until the address may try again; 0 where it may now. */
  wait(address: string): number;
  noteFailure(address: string): void;
  noteSuccess(address: string): void;
}

/** Makes the limit: after five wrong passwords from an address, none of it is looked at for a while. */
export function createLoginLimit(now: () => number): LoginLimit {
  let failures: { at: number; address: string }[] = [];
  const waitFor = (times: number[], most: number) => {
    const first = times.at(-most);
    return first === undefined ? 0 : first + WINDOW_MS - now();
  };
  return {
    wait: (address) => {
      failures = failures.filter(({ at }) => now() - at < WINDOW_MS);
      const all = failures.map(({ at }) => at);
      const own = failures.filter((failure) => failure.address === address).map(({ at }) => at);
      return Math.max(0, waitFor(own, MOST_FROM_ONE), waitFor(all, MOST_FROM_ALL));
    },
    noteFailure: (address) => {
      failures.push({ at: now(), address });
    },
    noteSuccess: (address) => {
      failures = failures.filter((failure) => failure.address !== address);
    },
  };
}
