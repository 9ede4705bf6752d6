import type { RequestHandler } from 'express';
import { parseSettings } from '../../../src/settings';
import { troubleInWords } from '../../errors';
import { exportLag } from '../../extension/report/export-lag';
import { readNewestRuns, toChart } from '../../extension/report/report';
import type { Host } from '../../runs/host';
import { parseSchedule } from '../../runs/schedule';
import type { TenantRow } from '../../tenants/tenant-store';
import type { DashboardDependencies } from '../dependencies';
import { tenantSummary } from '../tenant-summary';
import { needTenant } from './input';
import { tenantFields } from './settings';
import type { TenantDetails } from './view';

const DAY_MS = 24 * 60 * 60 * 1000;
const LISTED_CHANGES = 20;

/** What in a tenant's settings makes every run fail. */
async function problemsOf({ registry }: Pick<Host, 'registry'>, tenant: TenantRow): Promise<string[]> {
  try {
    const settings = await registry.settingsOf(tenant);
    return parseSettings((name) => settings[name]).problems;
  } catch (error) {
    return [troubleInWords(error)];
  }
}

/** Where a tenant's schedule comes from when it cannot be changed in the Dashboard; else empty. */
function scheduleSetBy({ registry }: Pick<Host, 'registry'>, tenant: TenantRow): string {
  const overridden = registry.overridden(tenant);
  if (tenant.origin === 'declared') return 'TENANTS_FILE';
  return overridden.has('schedule') ? 'SCHEDULE' : overridden.has('timeZone') ? 'SCHEDULE_TIMEZONE' : '';
}

/** `GET /api/tenants/NAME`: everything that a tenant's page shows but its runs. */
export function answerTenant({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const tenant = await needTenant(host, request);
    const { registry, overview } = host;
    const now = host.now();
    const { state, history } = host.storeOf(tenant);
    const stored = await state.read();
    const { records, rejected, day } = await readNewestRuns(history, now);
    const standing = { tenant, state: stored, lastRuns: records.slice(-2) };
    const hours = await overview.hours([tenant.id], now - DAY_MS);
    const shown = registry.shownSettings(tenant);
    const summary = tenantSummary({
      standing,
      now,
      domain: shown.AUTH0_DOMAIN ?? '',
      hours: hours.get(tenant.id) ?? [],
    });
    const { lease } = stored;
    const [failed] = records.at(-1)?.error
      ? (await history.list({ offset: 0, limit: 1, failedOnly: true })).runs
      : [];
    const details: TenantDetails = {
      now: new Date(now).toISOString(),
      summary,
      createdAt: tenant.createdAt,
      fields: tenantFields(host, tenant, shown),
      schedule: {
        cron: tenant.schedule,
        timeZone: tenant.timeZone,
        description: parseSchedule(tenant.schedule, tenant.timeZone).description,
        setBy: scheduleSetBy(host, tenant),
        isActive: tenant.isActive,
      },
      checkpoint: stored.checkpointId,
      running:
        lease && summary.isRunning
          ? {
              id: lease.owner,
              startedAt: lease.startedAt,
              logsProcessed: lease.progress.logsProcessed,
            }
          : null,
      lag: exportLag(stored, standing.lastRuns, now),
      chart: toChart(records),
      rejected,
      day,
      failure: failed?.error
        ? {
            runId: failed.id ?? '',
            start: failed.start,
            message: failed.error.message,
            checkpoint: failed.error.checkpoint,
          }
        : null,
      problems: await problemsOf(host, tenant),
      changes: await registry.changes(tenant, LISTED_CHANGES),
    };
    response.json(details);
  };
}
