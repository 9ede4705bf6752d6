import type { RequestHandler } from 'express';
import { eventsSent } from '../../../src/run-words';
import { parseSettings } from '../../../src/settings';
import { lastStartOf } from '../../../src/storage/run-history';
import type { RunPage } from '../../../src/storage/run-store';
import { readNewestRuns, startFromUse, toChart } from '../../extension/report/report';
import type { Host } from '../../runs/host';
import { parseSchedule } from '../../runs/schedule';
import { settingWarnings } from '../../tenants/tenant-settings';
import type { TenantRow } from '../../tenants/tenant-store';
import type { DashboardDependencies } from '../dependencies';
import { fieldsOf, settingsOrProblem } from './fields';
import { needTenant, unknownTenant } from './input';
import { describeLogStream } from './log-stream';
import { type JudgedTenant, judgeTenant, summarize } from './tenants';
import type { TenantDetails } from './view';

const MOST_CHANGES = 20;

/** The run of a tenant that is under way, in this process or another. */
function runningOf(
  { runner }: Pick<Host, 'runner'>,
  { standing: { tenant, state }, judgement }: JudgedTenant,
): TenantDetails['running'] {
  const own = runner.running().get(tenant.id);
  const lease = judgement.isRunning && !judgement.wasCutOff ? state.lease : null;
  if (lease) {
    const { owner, startedAt, progress } = lease;
    return { id: owner, startedAt, logsRead: progress.logsRead, eventsSent: eventsSent(progress) };
  }
  return own ? { id: own.run, startedAt: own.startedAt, logsRead: 0, eventsSent: 0 } : null;
}

/**
 * What failed since the last run that succeeded, if anything did.
 *
 * @param newest the newest record
 */
function failureOf(
  { standing: { state }, judgement }: JudgedTenant,
  newest: RunPage['runs'][number] | undefined,
): TenantDetails['failure'] {
  if (judgement.wasCutOff && state.lease) {
    const { owner, startedAt, progress } = state.lease;
    return {
      runId: owner,
      start: startedAt,
      kind: 'cut off',
      message:
        'This run was cut off before its end: its process was killed. Nothing is lost: the next run resumes from its checkpoint.',
      checkpoint: progress.checkpoint,
    };
  }
  if (!newest?.error) return null;
  const { message, checkpoint, code } = newest.error;
  const kind = code === 'cancelled' ? 'cancelled' : 'failed';
  return { runId: newest.id ?? '', start: lastStartOf(newest), kind, message, checkpoint };
}

/** A schedule as people read it, or why it cannot be read. */
function describe({ schedule, timeZone }: TenantRow): string {
  try {
    return parseSchedule(schedule, timeZone).description;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** `GET /api/tenants/NAME`: everything that the tenant's page shows but its runs. */
export function answerTenant(parts: DashboardDependencies): RequestHandler {
  const { host } = parts;
  return async (request, response) => {
    const { name } = await needTenant(host, request);
    const standing = await host.overview.standing(name);
    if (!standing) throw unknownTenant(name);
    const { tenant, state } = standing;
    const judged = await judgeTenant(host, standing);
    const [summary] = await summarize(host, [judged]);
    if (!summary) throw unknownTenant(name);
    const { history } = host.storeOf(tenant);
    const newest = await readNewestRuns(history, host.now());
    const { runs } = await history.list({ offset: 0, limit: 1 });
    const { settings, problem } = await settingsOrProblem(host, tenant);
    const overridden = host.registry.overridden(tenant);
    const details: TenantDetails = {
      now: new Date(host.now()).toISOString(),
      summary,
      createdAt: tenant.createdAt,
      fields: fieldsOf(tenant, settings, overridden),
      schedule: {
        cron: tenant.schedule,
        timeZone: tenant.timeZone,
        description: describe(tenant),
        setBy: overridden.has('schedule') ? (tenant.origin === 'declared' ? 'TENANTS_FILE' : 'SCHEDULE') : '',
        isActive: tenant.isActive,
      },
      checkpoint: state.checkpointId,
      startFrom: startFromUse(settings.START_FROM ?? '', state),
      running: runningOf(host, judged),
      lag: judged.judgement.lag,
      chart: toChart(newest.records),
      rejected: newest.rejected,
      day: newest.day,
      failure: failureOf(judged, runs[0]),
      logStream: await describeLogStream(parts, name),
      problems: problem ? [problem] : parseSettings((setting) => settings[setting]).problems,
      warnings: settingWarnings(settings),
      changes: await host.registry.changes(tenant, MOST_CHANGES),
    };
    response.json(details);
  };
}
