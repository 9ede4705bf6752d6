/** The same from the same address is written once in so long, with how often it happened. */
const QUIET_MS = 60_000;
const MOST_REMEMBERED = 1_000;

/** Says who came in, who was refused, and who changed what. */
export interface AccessLog {
  /** @param what in words, with no secret in it and nothing that a client has chosen freely */
  note(address: string, what: string): void;
  /** The same for what a client can do as often as it likes. */
  noteRefusal(address: string, what: string): void;
}

/**
 * Makes the log.
 *
 * @param write takes a line: time (ISO 8601), address, what
 */
export function createAccessLog(write: (line: string) => void, now: () => number): AccessLog {
  const refusals = new Map<string, { at: number; more: number }>();
  const note = (address: string, what: string) => {
    write(`${new Date(now()).toISOString()}  Dashboard  ${address || 'unknown'}  ${what}`);
  };
  return {
    note,
    noteRefusal: (address, what) => {
      const key = `${address} ${what}`;
      const known = refusals.get(key);
      if (known && now() - known.at < QUIET_MS) {
        known.more += 1;
        return;
      }
      refusals.delete(key);
      refusals.set(key, { at: now(), more: 0 });
      const [oldest] = refusals.keys();
      if (refusals.size > MOST_REMEMBERED && oldest !== undefined) refusals.delete(oldest);
      note(
        address,
        known && known.more > 0 ? `${what} (and ${known.more} times more since the last line)` : what,
      );
    },
  };
}
