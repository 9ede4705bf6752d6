import type { RunRecord, RunState } from './run-state';

/** A run that has ended, as it goes into the history. */
export interface EndedRun {
  /** The owner of the lease that it ran under: random, one for each run. */
  id: string;
  record: RunRecord;
}

/** What a run changes. All of it is stored, or nothing. */
export interface StateChange {
  state: RunState;
  /** Runs that this adds to the history, oldest first. */
  ended?: readonly EndedRun[];
}

/** The small document that the runs of a tenant share: checkpoint, lease, what was acted on. */
export interface RunStateStore {
  /**
   * Milliseconds by which the clocks of two processes that use this store may differ. 0 where `now` comes from one
   * clock: of the one machine, or of the database.
   */
  readonly clocksDifferMs: number;
  /**
   * @throws {ExportError} `storage_read` or `storage_damaged`
   */
  read(): Promise<RunState>;
  /**
   * Stores what `change` makes of the state as it is in the storage: where another process has written meanwhile, it
   * is read and changed again.
   *
   * @param change pure; called again after a conflict; `undefined` writes nothing. `now` is the time by the store's
   *   clock, in milliseconds since 1970
   * @returns the state that is now stored
   * @throws {ExportError} `storage_read`, `storage_damaged`, `storage_write`, and what `change` throws
   */
  update(change: (state: RunState, now: number) => StateChange | undefined): Promise<RunState>;
}

/** Which runs are asked for. */
export interface RunQuery {
  /** Records to skip, from the newest on. */
  offset: number;
  /** Records at most. */
  limit: number;
  failedOnly?: boolean;
  /** Only runs of which calls were rejected. */
  rejectedOnly?: boolean;
  /** Milliseconds since 1970: only records of which a run started then or later. */
  from?: number;
  /** Milliseconds since 1970: only records of which a run started before. */
  until?: number;
}

/** Some of the runs, newest first. */
export interface RunPage {
  runs: (RunRecord & {
    /** Of the newest run that the record stands for; absent where the storage keeps none. */
    id?: string;
  })[];
  /** Records that the query has in all. */
  total: number;
}

/** What the runs of a span of time did together. Of runs that share a record, as if they had come evenly. */
export interface RunSums {
  runs: number;
  failed: number;
  logsProcessed: number;
  batches: number;
  skipped: number;
  rejected: number;
  /** Tracks delivered, by the name of the event. */
  events: Record<string, number>;
  /** Runs whose records do not say which events were sent, as those of Auth0's own extension, and the logs of these. */
  uncountedRuns: number;
  uncountedLogs: number;
  /** The newest failure among them, with the ISO 8601 start of its run. */
  lastFailure: { start: string; message: string; checkpoint: string | null } | undefined;
  /** `false` where the history no longer holds all runs of the span. */
  isWhole: boolean;
}

/** The runs of a tenant that have ended, as far as the storage has room for them. */
export interface RunHistory {
  list(query: RunQuery): Promise<RunPage>;
  /** Adds up the runs that started from `from` to before `until`, both in milliseconds since 1970. */
  sums(span: { from: number; until: number }): Promise<RunSums>;
}

/** Where the runs of one tenant keep their state and their history. */
export interface RunStore {
  state: RunStateStore;
  history: RunHistory;
}

/**
 * Opens the store for one run, or one look.
 *
 * @param remaining milliseconds that are left for this, within which a read or write is given up
 * @param onDamaged where it is given, a damaged state counts as none, and it is called; else reading fails
 */
export type OpenRunStore = (options: {
  remaining: () => number;
  onDamaged?: (() => void) | undefined;
}) => RunStore;
