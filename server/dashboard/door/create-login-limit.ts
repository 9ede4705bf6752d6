/** Wrong passwords of a client that cost it no waiting. */
const FREE_TRIES = 5;
const FIRST_DELAY_MS = 30_000;
const LONGEST_DELAY_MS = 15 * 60 * 1000;
/** A client that has tried nothing for so long begins anew. */
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;
/** Clients that are remembered: the one that was quiet for longest goes first. */
const MOST_CLIENTS = 10_000;

/** Keeps count of wrong passwords, by client: nobody is kept out by what another one does. */
export interface LoginLimit {
  /** Milliseconds until the client may try again; 0 where it may now. */
  wait(client: string): number;
  /** Wrong passwords of a client. */
  failures(client: string): number;
  /**
   * Counts a try as a wrong one before it is looked at: a thousand tries at once are still a thousand.
   *
   * @returns takes the count back, where the try was not looked at
   */
  count(client: string): () => void;
  noteSuccess(client: string): void;
}

/** Makes the limit: after five wrong passwords a client waits for half a minute, then twice as long each time. */
export function createLoginLimit(now: () => number): LoginLimit {
  const clients = new Map<string, { failures: number; at: number }>();
  const find = (client: string) => {
    const found = clients.get(client);
    return found && now() - found.at < FORGOTTEN_AFTER_MS ? found : undefined;
  };
  const delay = (failures: number) =>
    failures < FREE_TRIES ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_TRIES));
  return {
    wait: (client) => {
      const found = find(client);
      return found ? Math.max(0, found.at + delay(found.failures) - now()) : 0;
    },
    failures: (client) => find(client)?.failures ?? 0,
    count: (client) => {
      const entry = { failures: (find(client)?.failures ?? 0) + 1, at: now() };
      // Put in anew, the map keeps them in the order in which they were heard of last.
      clients.delete(client);
      clients.set(client, entry);
      const [oldest] = clients.keys();
      if (clients.size > MOST_CLIENTS && oldest !== undefined) clients.delete(oldest);
      return () => {
        const counted = clients.get(client);
        if (counted) clients.set(client, { ...counted, failures: Math.max(0, counted.failures - 1) });
      };
    },
    noteSuccess: (client) => {
      clients.delete(client);
    },
  };
}
