import { standingOf } from '../../src/storage/lease';
import type { RunRecord } from '../../src/storage/run-state';
import { exportLag } from '../extension/report/export-lag';
import type { HourSums, TenantStanding } from '../tenants/overview';
import type { TenantState, TenantSummary } from './api/view';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const DAY_MS = HOURS * HOUR_MS;
/** A run that is due this long without having begun waits for something: for a host, or for the runs of others. */
const OVERDUE_MS = 5 * 60 * 1000;

/** Worst first. */
export const tenantStates: readonly TenantState[] = [
  'failing',
  'overdue',
  'behind',
  'catching-up',
  'new',
  'ok',
  'off',
];

/** Of the last midnight, UTC. */
const midnight = (now: number): number => now - (now % DAY_MS);

const isHeld = ({ state }: TenantStanding, now: number) =>
  state.lease !== null && standingOf(state, now, 0) === 'held';

/** Whether a tenant's run should have begun, and has not. */
export function isOverdue(standing: TenantStanding, now: number): boolean {
  const { isActive, dueAt } = standing.tenant;
  return isActive && dueAt !== null && now - dueAt > OVERDUE_MS && !isHeld(standing, now);
}

/**
 * A tenant's state in a word.
 *
 * @param now milliseconds since 1970
 */
export function tenantState(standing: TenantStanding, now: number): TenantState {
  const { tenant, state, lastRuns } = standing;
  if (!tenant.isActive) return 'off';
  const wasCutOff = state.lease !== null && !isHeld(standing, now);
  if (wasCutOff || lastRuns.at(-1)?.error) return 'failing';
  if (isOverdue(standing, now)) return 'overdue';
  const { trend } = exportLag(state, lastRuns, now);
  if (trend === 'falling-behind') return 'behind';
  if (trend === 'catching-up') return 'catching-up';
  return trend === 'unknown' ? 'new' : 'ok';
}

/** Events that a run sent. */
export const eventsSent = ({ events = {} }: Pick<RunRecord, 'events'>): number =>
  Object.values(events).reduce((sum, count) => sum + count, 0);

const number = (value: number) => value.toLocaleString('en-US');
const count = (value: number, one: string) => `${number(value)} ${value === 1 ? one : `${one}s`}`;

/** What came of a run, in a few words. */
export function outcomeOf(record: RunRecord): string {
  if (record.error) return record.error.message;
  const rejected = record.rejected.length > 0 ? `, ${number(record.rejected.length)} rejected` : '';
  const text =
    record.logsRead === 0
      ? 'Nothing new'
      : `${count(eventsSent(record), 'event')} sent, ${count(record.logsRead, 'log')} read${rejected}`;
  return record.warning ? `${text}. ${record.warning}` : text;
}

/** What is known of a tenant, as a list shows it. */
interface SummarySource {
  standing: TenantStanding;
  /** Of the last 24 hours at least. */
  hours: readonly HourSums[];
  /** With what comes from the environment. */
  domain: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** Sums up a tenant. */
export function tenantSummary({ standing, hours, domain, now }: SummarySource): TenantSummary {
  const { tenant, state, lastRuns } = standing;
  const last = lastRuns.at(-1);
  const lag = exportLag(state, lastRuns, now);
  const firstHour = Math.floor(now / HOUR_MS) - HOURS + 1;
  const byHour = new Map(hours.map((sums) => [Math.floor(Date.parse(sums.hour) / HOUR_MS), sums]));
  return {
    name: tenant.name,
    domain,
    origin: tenant.origin,
    state: tenantState(standing, now),
    isRunning: isHeld(standing, now),
    lag: lag.lag,
    trend: lag.trend,
    lastRun: last
      ? {
          start: last.start,
          end: last.end,
          failed: last.error !== undefined,
          outcome: outcomeOf(last),
          eventsSent: eventsSent(last),
        }
      : null,
    nextRun: tenant.isActive && tenant.dueAt !== null ? new Date(tenant.dueAt).toISOString() : null,
    eventsToday: hours
      .filter(({ hour }) => Date.parse(hour) >= midnight(now))
      .reduce((sum, { events }) => sum + events, 0),
    hours: Array.from({ length: HOURS }, (_, place) => {
      const { events = 0, failed = 0 } = byHour.get(firstHour + place) ?? {};
      return { events, failed };
    }),
  };
}
