import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { HttpError } from '../../extension/http/http-error';
import type { DashboardParts } from '../dashboard-parts';
import { needInstalled } from './need-installed';
import { parseInput } from './parse-input';
import { readSchedule } from './read-schedule';

const input = v.object({ schedule: v.string(), timeZone: v.string() });

/** `POST /api/job/schedule`: reschedules the job, from this moment on. */
export function reschedule({ host, schedule: given }: DashboardParts): RequestHandler {
  return async (request, response) => {
    if (given) {
      throw new HttpError(
        409,
        'schedule_given',
        `The schedule is given as SCHEDULE (${given}) from outside. Change it there and start again.`,
      );
    }
    const { schedule, timeZone } = parseInput(input, request.body);
    const { cron } = readSchedule(schedule, timeZone);
    await host.update((installed) => {
      const now = needInstalled({ installed });
      return { ...now, job: { ...now.job, schedule: cron, tz: timeZone } };
    });
    response.status(204).end();
  };
}
