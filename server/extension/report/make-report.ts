import { standingOf } from '../../../src/storage/lease';
import { lastStartOf, runsIn } from '../../../src/storage/run-history';
import type { RunRecord } from '../../../src/storage/run-record';
import type { RunState } from '../../../src/storage/run-state';
import { exportLag } from './export-lag';
import { isOverdue } from './is-overdue';
import type { Report, ReportRejection } from './report';
import type { ReportQuery } from './report-query';
import { toReportRun } from './to-report-run';

/** Runs in the chart: half a day at one every five minutes, and about as many as a screen has room for. */
const CHART_RUNS = 144;
/** Rejected calls that are listed; a run's own are all in its record. */
const LISTED_REJECTIONS = 25;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What the report is made of. */
export interface ReportSource {
  state: RunState;
  /** The tenant's domain. */
  tenant: string;
  /** What is wrong with the settings, in words. */
  problems: string[];
  /** Milliseconds since 1970. */
  now: number;
}

/** Which part of a record's runs started after a moment, 0 to 1, as if they had come evenly. */
function partSince(record: RunRecord, since: number): number {
  const [first, last] = [Date.parse(record.start), Date.parse(lastStartOf(record))];
  if (!(last > since)) return 0;
  return first < since ? (last - since) / (last - first) : 1;
}

/** Makes the report of the stored state: the page of runs that is asked for, and what is true of all of them. */
export function makeReport({ state, tenant, problems, now }: ReportSource, query: ReportQuery): Report {
  const { logs, lease } = state;
  const newestFirst = logs.toReversed();
  const matching = query.errorsOnly ? newestFirst.filter((run) => run.error) : newestFirst;
  const first = (query.page - 1) * query.perPage;
  const [last] = newestFirst;
  const wasCutOff = lease !== null && standingOf(state, now) !== 'held';
  const overdue = !lease && isOverdue(logs, now);
  const lag = exportLag(state, now);
  const inADay = (of: (run: RunRecord) => number) =>
    logs.reduce((total, run) => total + Math.round(of(run) * partSince(run, now - DAY_MS)), 0);
  return {
    now: new Date(now).toISOString(),
    tenant,
    runs: matching.slice(first, first + query.perPage).map(toReportRun),
    total: matching.length,
    page: query.page,
    perPage: query.perPage,
    lastRun: last ? toReportRun(last) : null,
    running: lease
      ? {
          startedAt: lease.startedAt,
          alive: !wasCutOff,
          logsProcessed: lease.progress.logsProcessed,
        }
      : null,
    overdue,
    ...lag,
    trend: overdue || wasCutOff ? 'stalled' : lag.trend,
    chart: logs.slice(-CHART_RUNS).map((run) => ({
      start: run.start,
      runs: runsIn(run),
      lastStart: lastStartOf(run),
      logsProcessed: run.logsProcessed,
      rejected: run.rejected.length,
      failed: run.error !== undefined,
    })),
    rejected: newestFirst
      .flatMap((run): ReportRejection[] => run.rejected.map((call) => ({ ...call, run: run.start })))
      .slice(0, LISTED_REJECTIONS),
    day: {
      runs: inADay(runsIn),
      failed: inADay((run) => (run.error ? runsIn(run) : 0)),
      logsProcessed: inADay((run) => run.logsProcessed),
      rejected: inADay((run) => run.rejected.length),
    },
    problems,
  };
}
