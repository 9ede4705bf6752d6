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
  /** How much a client has asked for: wrong passwords, and tries that were sent away without being looked at. */
  pressure(client: string): number;
  /** Counts a try as a wrong one before it is looked at: a thousand tries at once are still a thousand. */
  count(client: string): void;
  /** Takes the count of a try back that was not looked at: it costs no waiting. */
  takeBack(client: string): void;
  noteSuccess(client: string): void;
}

/** Makes the limit: after five wrong passwords a client waits for half a minute, then twice as long each time. */
export function createLoginLimit(now: () => number): LoginLimit {
  const clients = new Map<string, { failures: number; sentAway: number; at: number }>();
  const find = (client: string) => {
    const found = clients.get(client);
    return found && now() - found.at < FORGOTTEN_AFTER_MS ? found : { failures: 0, sentAway: 0, at: now() };
  };
  const delay = (failures: number) =>
    failures < FREE_TRIES ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_TRIES));
  return {
    wait: (client) => {
      const { failures, at } = find(client);
      return Math.max(0, at + delay(failures) - now());
    },
    pressure: (client) => {
      const { failures, sentAway } = find(client);
      return failures + sentAway;
    },
    count: (client) => {
      const { failures, sentAway } = find(client);
      // Put in anew, the map keeps them in the order in which they were heard of last.
      clients.delete(client);
      clients.set(client, { failures: failures + 1, sentAway, at: now() });
      const [oldest] = clients.keys();
      if (clients.size > MOST_CLIENTS && oldest !== undefined) clients.delete(oldest);
    },
    takeBack: (client) => {
      const counted = clients.get(client);
      if (!counted) return;
      counted.failures = Math.max(0, counted.failures - 1);
      counted.sentAway += 1;
    },
    noteSuccess: (client) => {
      clients.delete(client);
    },
  };
}
