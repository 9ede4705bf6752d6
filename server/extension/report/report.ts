import type { RejectedCall, RunRecord } from '../../../src/storage/run-record';

/** A run as the report shows it: what is known of its record, and nothing that is not. */
export type ReportRun = Pick<
  RunRecord,
  | 'start'
  | 'end'
  | 'runs'
  | 'lastStart'
  | 'startCheckpoint'
  | 'checkpoint'
  | 'logsRead'
  | 'logsProcessed'
  | 'batches'
  | 'skipped'
  | 'rejected'
  | 'moreToCome'
  | 'events'
  | 'users'
  | 'requests'
  | 'checkpointDate'
  | 'warning'
  | 'error'
>;

/** How the distance to real time develops. */
export type Trend =
  /** Nothing was left when the last run ended. */
  | 'caught-up'
  /** Logs are waiting, and runs export faster than new ones are written. */
  | 'catching-up'
  /** Logs are waiting, and runs export slower than new ones are written. */
  | 'falling-behind'
  /** The last run failed or was cut off, or none has come for long. */
  | 'stalled'
  /** There has been no run. */
  | 'unknown';

/** How far the export is behind real time. */
export interface ExportLag {
  /**
   * Milliseconds between now and `exportedUntil`: close to zero right after a run that caught up, growing
   * until the next one. `null` where `exportedUntil` is not known.
   */
  lag: number | null;
  /**
   * ISO 8601 time up to which everything has been exported: the end of the last run that caught up, or the
   * date of the log at the checkpoint while there is more to come.
   */
  exportedUntil: string | null;
  trend: Trend;
  /** Milliseconds until real time is reached at the pace of the last two runs, where that can be told. */
  caughtUpIn: number | null;
}

/** One run in the chart, or several that were folded into one record. */
export interface ChartRun {
  start: string;
  /** From 1. */
  runs: number;
  /** ISO 8601 start of the last of them; of a single run, its start. */
  lastStart: string;
  /** By all of them together. */
  logsProcessed: number;
  rejected: number;
  failed: boolean;
}

/** A rejected call and the run that it belongs to. */
export type ReportRejection = RejectedCall & {
  /** ISO 8601 start of the run. */
  run: string;
};

/** What `GET /api/report` answers. */
export interface Report extends ExportLag {
  /** ISO 8601 time of the answer. */
  now: string;
  /** The tenant's domain. */
  tenant: string;
  /** The page of runs that was asked for, newest first. */
  runs: ReportRun[];
  /** Runs in all, with the filter that was asked for. */
  total: number;
  page: number;
  perPage: number;
  /** The newest run of all, whatever was asked for. */
  lastRun: ReportRun | null;
  /** The run that is under way, if one is; not `alive`: it was cut off and its lease has run out. */
  running: { startedAt: string; alive: boolean; logsProcessed: number } | null;
  /** The last run ended so long ago that the cron job seems to be stopped. */
  overdue: boolean;
  /** The newest runs, oldest first, whatever was asked for. */
  chart: ChartRun[];
  /** The newest rejected calls, newest first, whatever was asked for. */
  rejected: ReportRejection[];
  /** Sums over the last 24 hours. */
  day: { runs: number; failed: number; logsProcessed: number; rejected: number };
  /** What in the settings makes every run fail, in words. */
  problems: string[];
}
