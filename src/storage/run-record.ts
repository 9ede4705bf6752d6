/** A call that Segment refused for good, with the log it came from. */
export interface RejectedCall {
  /** `log_id` of the Auth0 log that the call was made from. */
  logId: string;
  /** What was refused: the event of the log, or the profile of its user. */
  call: 'track' | 'identify' | 'log';
  /** Why, in words, without any secret. */
  reason: string;
}

/** Why a run failed, and where to go on from. */
export interface RunError {
  /** Cause and remedy, in words an administrator understands. */
  message: string;
  /** Id of the first log that was not delivered: START_FROM replays from it. `null` where none is known. */
  checkpoint: string | null;
}

/**
 * What is kept of one run, oldest first, under `logs` in the stored document.
 * `start`, `end`, `logsProcessed`, `checkpoint`, `warning` and `error` are the names that Auth0's own
 * extension used, so that its history can be read on.
 */
export interface RunRecord {
  /** ISO 8601. */
  start: string;
  /** ISO 8601; for a run that was cut off, when that was noticed. */
  end: string;
  startCheckpoint: string | null;
  checkpoint: string | null;
  /** Logs of every type that were read. */
  logsRead: number;
  /** Sign-ups, logins and failed logins that were dealt with: delivered, skipped or rejected. */
  logsProcessed: number;
  batches: number;
  /** Of the processed: logs that name no user. */
  skipped: number;
  rejected: RejectedCall[];
  /** Set where logs were left for the next run because the time was up. */
  moreToCome?: true;
  warning?: string;
  error?: RunError;
}
