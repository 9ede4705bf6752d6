import type { RequestHandler } from 'express';
import { manifest } from '../../manifest';
import { nextDue, parseSchedule, type Schedule } from '../../runs/schedule';
import { TenantError } from '../../tenants/tenant-error';
import { checkSchedule } from '../../tenants/tenant-settings';
import { queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { fieldsOfNew } from './fields';
import { needTenant } from './input';
import type { DashboardInfo, SchedulePreview } from './view';

/** `GET /api/dashboard`: what all pages need. */
export function answerDashboard({ host, timeZone, sandbox, access }: DashboardDependencies): RequestHandler {
  return async (_request, response) => {
    const { title, name, version, author, description, schedule } = manifest;
    const tenants = await host.registry.list();
    const [first, ...others] = tenants;
    const info: DashboardInfo = {
      extension: { title, name, version, author, description, schedule },
      timeZone,
      hasPassword: access.hasPassword,
      fields: fieldsOfNew(),
      tenants: tenants.length,
      onlyTenant: first && others.length === 0 ? first.name : null,
      sandbox: sandbox && {
        tenant: sandbox.tenant,
        segmentKey: sandbox.segmentKey,
        slackWebhook: sandbox.slackWebhook,
      },
      hasWorkers: host.isShared,
    };
    response.json(info);
  };
}

const TIMES = 5;

/**
 * Reads a schedule that somebody has entered.
 *
 * @throws {TenantError} `invalid`, with sentences for `schedule` and `timeZone`
 */
function readSchedule(cron: string, timeZone: string): Schedule {
  const { problems } = checkSchedule(cron, timeZone);
  const sentences = Object.values(problems);
  if (sentences.length > 0) throw new TenantError('invalid', sentences.join(' '), problems);
  return parseSchedule(cron, timeZone);
}

/** `GET /api/schedule`: what a schedule means, described and as its next five times. */
export function previewSchedule({ host, timeZone: usual }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const query = queryOf(request);
    const { description, warning, cron, timeZone, next } = readSchedule(
      query.get('cron') ?? '',
      query.get('timeZone') ?? usual,
    );
    const name = query.get('tenant');
    const others = (await host.registry.list()).filter((tenant) => tenant.name !== name);
    const isOnly = others.length === 0;
    let times = next(host.now(), TIMES);
    if (name !== null) {
      await needTenant(host, { params: { name } });
      const tenant = { name, schedule: cron, timeZone, isActive: true };
      times = [];
      for (let at = nextDue(tenant, host.now(), isOnly); at !== null && times.length < TIMES; ) {
        times.push(at);
        at = nextDue(tenant, at, isOnly);
      }
    }
    const preview: SchedulePreview = {
      description,
      warning,
      next: times.map((ms) => new Date(ms).toISOString()),
      isSpread: !isOnly,
    };
    response.json(preview);
  };
}
