import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { parseSchedule, type Schedule } from '../../runs/schedule';
import { HttpError, queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { needTenant, parseInput } from './input';
import type { SchedulePreview } from './view';

const TIMES = 5;

/**
 * Reads a schedule that somebody has entered.
 *
 * @throws {HttpError} 422 `invalid_schedule`, in words
 */
function readSchedule(cron: string, timeZone: string): Schedule {
  try {
    return parseSchedule(cron, timeZone);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new HttpError(422, 'invalid_schedule', error.message);
  }
}

/** `GET /api/schedule?cron=…&timeZone=…`: what a schedule means, described and as its next five times. */
export function previewSchedule({ host, timeZone }: DashboardDependencies): RequestHandler {
  return (request, response) => {
    const query = queryOf(request);
    const schedule = readSchedule(query.get('cron') ?? '', query.get('timeZone') ?? timeZone);
    const preview: SchedulePreview = {
      description: schedule.description,
      next: schedule.next(host.now(), TIMES).map((ms) => new Date(ms).toISOString()),
    };
    response.json(preview);
  };
}

const newSchedule = v.object({ schedule: v.string(), timeZone: v.string() });

/** `POST /api/tenants/NAME/schedule`: reschedules a tenant's runs, from this moment on. */
export function reschedule({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { schedule, timeZone } = parseInput(newSchedule, request.body);
    const { name } = await needTenant(host, request);
    await host.registry.change(name, { schedule, timeZone }, { mayReference: false });
    host.wake();
    response.status(204).end();
  };
}

const newState = v.object({ isActive: v.boolean() });

/** `POST /api/tenants/NAME/state`: keeps a tenant's schedule, or not. A run under way continues to its end. */
export function switchSchedule({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { isActive } = parseInput(newState, request.body);
    const { name } = await needTenant(host, request);
    await host.registry.change(name, { isActive }, { mayReference: false });
    host.wake();
    response.status(204).end();
  };
}
