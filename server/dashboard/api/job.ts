import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { troubleInWords } from '../../errors';
import { parseSchedule, type Schedule } from '../../runs/schedule';
import { HttpError, queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { needInstalled, parseInput } from './input';

/**
 * Reads a schedule that somebody has entered.
 *
 * @throws {HttpError} 422 `invalid_schedule`, in words
 */
export function readSchedule(cron: string, timeZone: string): Schedule {
  try {
    return parseSchedule(cron, timeZone);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new HttpError(422, 'invalid_schedule', error.message);
  }
}

const TIMES = 5;

/** `GET /api/schedule?cron=…&timeZone=…`: what a schedule means, described and as its next five times. */
export function previewSchedule({ host, timeZone }: DashboardDependencies): RequestHandler {
  return (request, response) => {
    const query = queryOf(request);
    const schedule = readSchedule(query.get('cron') ?? '', query.get('timeZone') ?? timeZone);
    const next = schedule.next(host.now(), TIMES).map((ms) => new Date(ms).toISOString());
    response.json({
      description: schedule.description,
      cron: schedule.cron,
      timeZone: schedule.timeZone,
      next,
    });
  };
}

const newSchedule = v.object({ schedule: v.string(), timeZone: v.string() });

/** `POST /api/job/schedule`: reschedules the job, from this moment on. */
export function reschedule({ host, schedule: given }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    if (given) {
      throw new HttpError(
        409,
        'schedule_given',
        `The schedule is given as SCHEDULE (${given}) from outside. Change it there and start again.`,
      );
    }
    const { schedule, timeZone } = parseInput(newSchedule, request.body);
    const { cron } = readSchedule(schedule, timeZone);
    await host.update((installed) => {
      const now = needInstalled({ installed });
      return { ...now, job: { ...now.job, schedule: cron, tz: timeZone } };
    });
    response.status(204).end();
  };
}

/** `POST /api/job/run`: begins an execution; what becomes of it is seen in the live log. */
export function runNow({ host }: DashboardDependencies): RequestHandler {
  return (_request, response) => {
    needInstalled(host);
    if (host.runner.isRunning) {
      throw new HttpError(409, 'run_under_way', 'A run is under way. Wait until it has ended.');
    }
    host.runner
      .run({ scheduled_at: new Date(host.now()).toISOString(), trigger: 'manual' })
      .catch((error: unknown) => console.error(`The run could not be recorded: ${troubleInWords(error)}`));
    response.status(202).end();
  };
}

const newState = v.object({ state: v.picklist(['active', 'inactive']) });

/** `POST /api/job/state`: lets the job run, or not. A run under way continues to its end. */
export function switchJob({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { state } = parseInput(newState, request.body);
    await host.update((installed) => {
      const now = needInstalled({ installed });
      return { ...now, job: { ...now.job, state } };
    });
    response.status(204).end();
  };
}
