import type { RequestHandler } from 'express';
import { queryOf } from '../../extension/http/query-of';
import type { DashboardParts } from '../dashboard-parts';
import { readSchedule } from './read-schedule';

const TIMES = 5;

/** `GET /api/schedule?cron=…&timeZone=…`: what a schedule means, in words and as its next five times. */
export function previewSchedule({ host, timeZone }: DashboardParts): RequestHandler {
  return (request, response) => {
    const query = queryOf(request);
    const schedule = readSchedule(query.get('cron') ?? '', query.get('timeZone') ?? timeZone);
    const next = schedule.next(host.now(), TIMES).map((ms) => new Date(ms).toISOString());
    response.json({ words: schedule.words, cron: schedule.cron, timeZone: schedule.timeZone, next });
  };
}
