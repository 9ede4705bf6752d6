import { eventsSent, hasFailed } from '../../../src/run-words';
import { markOfKey } from '../../../src/settings';
import { standingOf } from '../../../src/storage/lease';
import { lastStartOf, runsIn } from '../../../src/storage/run-history';
import type { RejectedCall, RunRecord, RunState } from '../../../src/storage/run-state';
import type { RunStore } from '../../../src/storage/run-store';
import type { Clock } from '../../../src/time';
import { type ExportLag, exportLag } from './export-lag';

/** Schedules are tight or wide; a run counts as overdue after this many times the usual pause. */
const PAUSES = 3;
/** However tight the schedule, the platform may be late. */
const SHORTEST_MS = 15 * 60 * 1000;
/** Runs from which the usual pause is told. */
const SAMPLE = 20;

/** When the newest runs of a record started, as if they had come evenly: milliseconds since 1970. */
function startsOf(record: RunRecord): number[] {
  const [first, last] = [Date.parse(record.start), Date.parse(lastStartOf(record))];
  const pause = (last - first) / Math.max(1, runsIn(record) - 1);
  const shown = Math.min(SAMPLE, runsIn(record));
  return Array.from({ length: shown }, (_, place) => last - (shown - 1 - place) * pause);
}

/**
 * Whether the last run started so long ago that the cron job seems to be stopped.
 *
 * @param logs the newest records, oldest first; 20 at most are looked at
 * @param now milliseconds since 1970
 */
export function isOverdue(logs: readonly RunRecord[], now: number): boolean {
  const starts = logs
    .slice(-SAMPLE)
    .flatMap(startsOf)
    .filter((start) => !Number.isNaN(start))
    .slice(-SAMPLE);
  const last = starts.at(-1);
  if (last === undefined) return false;
  const pauses = starts
    .slice(1)
    .map((start, index) => start - (starts[index] ?? start))
    .sort((a, b) => a - b);
  const usual = pauses[Math.floor(pauses.length / 2)] ?? 0;
  return now - last > Math.max(SHORTEST_MS, usual * PAUSES);
}

/** A run as the report shows it: what is known of its record, and nothing that is not. */
export type ReportRun = Pick<
  RunRecord,
  | 'start'
  | 'end'
  | 'runs'
  | 'lastStart'
  | 'startCheckpoint'
  | 'startedFrom'
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
  | 'withoutUserIdField'
  | 'changed'
  | 'checkpointDate'
  | 'warning'
  | 'error'
>;

/** One run in the chart, or several that were folded into one record. */
export interface ChartRun {
  start: string;
  /** From 1. */
  runs: number;
  /** ISO 8601 start of the last of them; of a single run, its start. */
  lastStart: string;
  /** Events sent by all of them together, by name. */
  events: Record<string, number>;
  rejected: number;
  failed: boolean;
}

/** A rejected call and the run that it belongs to. */
export type ReportRejection = RejectedCall & {
  /** ISO 8601 start of the run. */
  run: string;
  /** Set where a replay among the newest runs has come past its log since. */
  isReplayed?: true;
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
  running: { startedAt: string; alive: boolean; logsRead: number; eventsSent: number } | null;
  /** The last run ended so long ago that the cron job seems to be stopped. */
  overdue: boolean;
  /** The newest runs, oldest first, whatever was asked for. */
  chart: ChartRun[];
  /** The newest rejected calls, newest first, whatever was asked for. */
  rejected: ReportRejection[];
  /** Sums over the last 24 hours. */
  day: { runs: number; failed: number; logsProcessed: number; eventsSent: number; rejected: number };
  /** What in the settings makes every run fail, in words. */
  problems: string[];
  startFrom: StartFromUse | null;
  /** What the write key is recognised by, such as `…a1b2`; empty where that would tell much of it. */
  keyEnd: string;
}

/** What START_FROM says, and whether a run has acted on it, which happens once. */
export interface StartFromUse {
  id: string;
  isUsed: boolean;
  /** ISO 8601 start of that run; `null` where that is not known. */
  usedAt: string | null;
}

/**
 * Tells whether a run has acted on START_FROM.
 *
 * @param id what the setting says
 * @returns `null` where it is empty
 */
export function startFromUse(id: string, state: RunState): StartFromUse | null {
  if (id === '') return null;
  const isUsed = state.startFrom === id;
  return { id, isUsed, usedAt: (isUsed && state.startFromUsedAt) || null };
}

/** Which runs are asked for. */
export interface ReportQuery {
  /** From 1. */
  page: number;
  /** 1 to 100. */
  perPage: number;
  /** Only the runs that failed. */
  errorsOnly: boolean;
}

/** Takes out of a record what the report shows; Auth0's own extension may have left other things in it. */
export function toReportRun(record: RunRecord): ReportRun {
  const { start, end, startCheckpoint, startedFrom, checkpoint, logsRead, logsProcessed, batches, skipped } =
    record;
  const { withoutUserIdField, changed } = record;
  const { runs, lastStart, rejected, moreToCome, events, users, requests, checkpointDate, warning, error } =
    record;
  return {
    start,
    end,
    startCheckpoint,
    checkpoint,
    logsRead,
    logsProcessed,
    batches,
    skipped,
    rejected,
    ...(startedFrom && { startedFrom }),
    ...(runs !== undefined && { runs }),
    ...(lastStart && { lastStart }),
    ...(moreToCome && { moreToCome }),
    ...(events && { events }),
    ...(users !== undefined && { users }),
    ...(requests && { requests }),
    ...(withoutUserIdField !== undefined && { withoutUserIdField }),
    ...(changed && { changed }),
    ...(checkpointDate && { checkpointDate }),
    ...(warning && { warning }),
    ...(error && { error }),
  };
}

/** Runs in the chart: half a day at one every five minutes, and about as many as a screen has room for. */
const CHART_RUNS = 144;
/** Rejected calls that are listed; a run's own are all in its record. */
const LISTED_REJECTIONS = 25;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The chart of some runs.
 *
 * @param logs their records, oldest first
 */
export const toChart = (logs: readonly RunRecord[]): ChartRun[] =>
  logs.map((run) => ({
    start: run.start,
    runs: runsIn(run),
    lastStart: lastStartOf(run),
    events: run.events ?? {},
    rejected: run.rejected.length,
    failed: hasFailed(run),
  }));

/** The newest runs of a tenant, as a page shows them whatever else is asked for. */
interface NewestRuns {
  /** The newest 144 records, oldest first. */
  records: RunRecord[];
  /** The newest rejected calls, newest first. */
  rejected: ReportRejection[];
  /** Sums over the last 24 hours. */
  day: Report['day'];
}

/**
 * Reads what a page shows of the newest runs.
 *
 * @param now milliseconds since 1970
 * @throws {ExportError} `storage_read` or `storage_damaged`
 */
export async function readNewestRuns(history: RunStore['history'], now: number): Promise<NewestRuns> {
  const newest = await history.list({ offset: 0, limit: CHART_RUNS });
  const withRejected = await history.list({ offset: 0, limit: LISTED_REJECTIONS, rejectedOnly: true });
  // A run may have started by a clock that is ahead of this one.
  const { runs, failed, logsProcessed, events, rejected } = await history.sums({
    from: now - DAY_MS,
    until: now + DAY_MS,
  });
  return {
    records: newest.runs.toReversed(),
    rejected: withRejected.runs
      .flatMap((run): ReportRejection[] => run.rejected.map((call) => ({ ...call, run: run.start })))
      .slice(0, LISTED_REJECTIONS)
      .map((call) => (isReplayed(call, newest.runs) ? { ...call, isReplayed: true } : call)),
    day: { runs, failed, logsProcessed, eventsSent: eventsSent({ events }), rejected },
  };
}

/**
 * Whether a replay has come past a log: what was rejected of it is accepted by now, or rejected in a later run, too. Auth0's
 * ids of logs sort as text.
 *
 * @param newest the newest records, in any order
 */
function isReplayed({ logId, run: rejectedAt }: ReportRejection, newest: readonly RunRecord[]): boolean {
  const since = newest.filter(({ start }) => start > rejectedAt);
  // One that failed before its first batch still has the checkpoint of before.
  const past = since.filter((run) => (run.checkpoint ?? '') >= logId && (run.batches > 0 || !hasFailed(run)));
  return since.some(
    ({ startedFrom, start }) =>
      startedFrom !== undefined && startedFrom <= logId && past.some((run) => run.start >= start),
  );
}

/** What the report is made of. */
interface ReportSource {
  store: RunStore;
  /** The tenant's domain. */
  tenant: string;
  /** What is wrong with the settings, in words. */
  problems: string[];
  /** The setting START_FROM. */
  startFrom: string;
  writeKey: string;
  clock: Pick<Clock, 'now'>;
}

/**
 * Makes the report of a store: the page of runs that is asked for, and what is true of all of them.
 *
 * @throws {ExportError} `storage_read` or `storage_damaged`
 */
export async function makeReport(
  { store, tenant, problems, startFrom, writeKey, clock }: ReportSource,
  query: ReportQuery,
): Promise<Report> {
  const state = await store.state.read();
  const now = clock.now();
  const { records, rejected, day } = await readNewestRuns(store.history, now);
  const shown = await store.history.list({
    offset: (query.page - 1) * query.perPage,
    limit: query.perPage,
    failedOnly: query.errorsOnly,
  });
  const { lease } = state;
  const last = records.at(-1);
  const wasCutOff = lease !== null && standingOf(state, now, store.state.clocksDifferMs) !== 'held';
  const overdue = !lease && isOverdue(records, now);
  const lag = exportLag(state, records, now);
  return {
    now: new Date(now).toISOString(),
    tenant,
    runs: shown.runs.map(toReportRun),
    total: shown.total,
    page: query.page,
    perPage: query.perPage,
    lastRun: last ? toReportRun(last) : null,
    running: lease
      ? {
          startedAt: lease.startedAt,
          alive: !wasCutOff,
          logsRead: lease.progress.logsRead,
          eventsSent: eventsSent(lease.progress),
        }
      : null,
    overdue,
    ...lag,
    trend: overdue || wasCutOff ? 'stalled' : lag.trend,
    chart: toChart(records),
    rejected,
    day,
    problems,
    startFrom: startFromUse(startFrom, state),
    keyEnd: markOfKey(writeKey),
  };
}
