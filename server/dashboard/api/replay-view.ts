/**
 * `POST /api/tenants/NAME/replay`: finds the log to start with, puts it into START_FROM, and begins a run, which sends that
 * log and all after it. Answers a {@link ReplayStart}.
 */
export type ReplayFrom =
  /** A checkpoint ID. */
  | { from: string }
  /** ISO 8601 with a zone: the first log of this moment or later. */
  | { at: string }
  /** The oldest log that Auth0 still has. */
  | { oldest: true }
  /** The newest log: what is older and has not been sent is left out. */
  | { now: true };

/** The log that a run starts with. */
export interface ReplayStart {
  /** Its id. */
  from: string;
  /** ISO 8601. */
  date: string;
  /** Whether Auth0 has no logs of the time that was asked for any more, so that this is the oldest left. */
  isOldestLeft: boolean;
}
