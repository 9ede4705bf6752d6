import { join } from 'node:path';
import { formatDuration } from '../../src/duration';
import { count, hasFailed } from '../../src/run-words';
import type { Clock } from '../../src/time';
import { judge, worstFirst } from '../dashboard/api/tenant-state';
import { STATE_WORDS } from '../dashboard/api/view';
import type { Database } from '../database/database';
import { openDatabase } from '../database/open-database';
import { exportLag } from '../extension/report/export-lag';
import { parseSchedule } from '../runs/schedule';
import type { TenantStanding } from '../tenants/overview';
import { formatRunSummary, type ReportLine } from './describe-run';
import type { HostSetup } from './host-options';
import { chooseTenant, isKnown } from './open-host';
import type { Terminal } from './terminal';

const LAST_RUNS = 5;

/** What `status` is given. */
interface StatusOptions {
  setup: Pick<HostSetup, 'dataDir' | 'database'>;
  /** Of the tenant; empty where none was named. */
  name: string;
  isJson: boolean;
  terminal: Terminal;
  /** Takes JSON. */
  print: (json: string) => void;
  clock: Clock;
}

/** A tenant as `status` tells of it. */
function summarize(standing: TenantStanding, now: number) {
  const { tenant, state, lastRuns } = standing;
  const { lag } = exportLag(state, lastRuns, now);
  const last = lastRuns.at(-1);
  const isRunning = state.lease !== null && Date.parse(state.lease.expiresAt) > now;
  return {
    tenant: tenant.name,
    state: judge(standing, now).word,
    isActive: tenant.isActive,
    runningSince: isRunning ? (state.lease?.startedAt ?? null) : null,
    lagMs: lag,
    rejected: standing.rejected,
    checkpoint: state.checkpointId,
    lastRun: last
      ? {
          start: last.start,
          end: last.end,
          failed: hasFailed(last),
          outcome: formatRunSummary(last),
        }
      : null,
    nextRun: tenant.dueAt === null ? null : new Date(tenant.dueAt).toISOString(),
  };
}

type Summary = ReturnType<typeof summarize>;

const describeLag = ({ lagMs }: Summary) => (lagMs === null ? 'unknown' : formatDuration(lagMs));

/** Prints what there is to say of one tenant. */
async function showOne(
  { tenant }: TenantStanding,
  summary: Summary,
  { terminal, clock }: StatusOptions,
  database: Database,
): Promise<void> {
  const { history } = database.storeOf(tenant.id)({ remaining: () => Number.POSITIVE_INFINITY });
  const { runs, total } = await history.list({ offset: 0, limit: LAST_RUNS });
  const { description } = parseSchedule(tenant.schedule, tenant.timeZone);
  const lines: (ReportLine | false)[] = [
    ['Tenant', tenant.name],
    ['State', STATE_WORDS[summary.state]],
    summary.runningSince !== null && ['Running', `since ${summary.runningSince}`],
    [
      'Schedule',
      `${tenant.isActive ? '' : 'switched off, '}${description} (${tenant.schedule}, ${tenant.timeZone})`,
    ],
    ['Next run', describeNext(summary.nextRun, clock.now())],
    ['Checkpoint', summary.checkpoint ?? 'none yet'],
    summary.lagMs !== null && ['Behind', describeLag(summary)],
    summary.rejected > 0 && [
      'Rejected',
      `${count(summary.rejected, 'call')} in the last 24 hours: see the reasons in the Dashboard`,
    ],
    total > 0 && ['History', count(total, 'record')],
    ['Kept in', database.name],
  ];
  terminal.table(lines.filter((line) => line !== false));
  for (const record of runs) terminal.line(`  ${record.start}  ${formatRunSummary(record)}`);
}

/** A running host begins what is due within a second or so. */
const LATE_MS = 60_000;

/** Nothing here tells whether a host is running, but a due time that is long past is one that nobody keeps. */
function describeNext(nextRun: string | null, now: number): string {
  if (nextRun === null) return 'none';
  const late = now - Date.parse(nextRun);
  if (late > LATE_MS) return `was due ${formatDuration(late)} ago: no host is running`;
  return late >= 0 ? 'due now, if a host is running' : `${nextRun}, if a host is running then`;
}

/** Columns of the table of all tenants. */
const HEADINGS = ['Tenant', 'State', 'Behind', 'Last result', 'Next run'] as const;
/** Characters of a result that are shown among others. */
const LONGEST_RESULT = 60;

/** Prints a line for each tenant, worst first. */
function showAll(summaries: readonly Summary[], terminal: Terminal, now: number): void {
  const rows = summaries.map((one) => {
    const outcome = one.lastRun?.outcome ?? 'none yet';
    const result = outcome.length > LONGEST_RESULT ? `${outcome.slice(0, LONGEST_RESULT - 1)}…` : outcome;
    return [one.tenant, STATE_WORDS[one.state], describeLag(one), result, describeNext(one.nextRun, now)];
  });
  terminal.columns(HEADINGS, rows);
}

/** Whether a tenant's last run failed, or none has come. One that is switched off is none to wait for. */
const isBad = ({ isActive, lastRun }: Summary): boolean => (lastRun ? lastRun.failed && isActive : isActive);

/**
 * Says how the exports in a folder do. It only reads, also while a host works there.
 *
 * @returns the exit code: 0, or 1 where a last run failed or there is nothing
 * @throws {HostError} where the database cannot be used, or there is no tenant of that name
 */
export async function status(options: StatusOptions): Promise<number> {
  const { setup, name, isJson, terminal, print, clock } = options;
  const { dataDir, database: shared } = setup;
  const folder = shared ? dataDir : [dataDir, join(dataDir, 'sandbox')].find(isKnown);
  if (!folder) {
    if (isJson) print('[]');
    else terminal.line(`Nothing has been exported yet: there are no tenants in ${dataDir}.`);
    return 1;
  }
  const now = clock.now();
  const database = await openDatabase({ folder, ...shared, clock });
  try {
    const standings = await database.overview.standings();
    const named = standings.map((standing) => ({ name: standing.tenant.name, standing }));
    const only = name !== '' || standings.length === 1 ? chooseTenant(named, name)?.standing : undefined;
    const comparable = ({ tenant, state, lagMs }: Summary) => ({ name: tenant, state, lag: lagMs });
    const summaries = (only ? [only] : standings)
      .map((standing) => summarize(standing, now))
      .sort((one, other) => worstFirst(comparable(one), comparable(other)));
    const [first] = summaries;
    if (isJson) print(JSON.stringify(name !== '' ? first : summaries));
    else if (only && first) await showOne(only, first, options, database);
    else if (first) showAll(summaries, terminal, now);
    else terminal.line(`No tenant has been added yet in ${shared ? database.name : folder}.`);
    return first === undefined || summaries.some(isBad) ? 1 : 0;
  } finally {
    await database.close();
  }
}
