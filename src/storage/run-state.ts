import type { RunRecord } from './run-record';

/** Who runs now, until when, and how far it has come. */
export interface Lease {
  /** Random, one for each run. */
  owner: string;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601: from then on the holder counts as dead. */
  expiresAt: string;
  /** What the run has done so far, kept so that a run that is cut off leaves a record. */
  progress: RunRecord;
}

/**
 * The one stored document. `checkpointId`, `startFrom`, `lastRun` and `logs` are the keys of Auth0's own
 * extension, so that replacing it goes on where it stopped. Unknown keys are kept.
 */
export interface RunState {
  /** Logs up to and including this one are done. */
  checkpointId: string | null;
  /** ISO 8601 date of the log at the checkpoint; `null` where it is not known. */
  checkpointDate: string | null;
  /** The value of START_FROM that was acted on. */
  startFrom: string | null;
  /** ISO 8601 end of the last run. */
  lastRun: string | null;
  lease: Lease | null;
  /** UTC day (`YYYY-MM-DD`) that the last daily report was sent for. */
  lastReportDate: string | null;
  /** Oldest first. */
  logs: RunRecord[];
}
