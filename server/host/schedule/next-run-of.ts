import type { Job } from '../installation/installation';
import { parseSchedule } from './parse-schedule';

/**
 * When a job runs next, as ISO 8601; `null` while it is switched off.
 *
 * @param now milliseconds since 1970
 */
export function nextRunOf(job: Pick<Job, 'state' | 'schedule' | 'tz'>, now: number): string | null {
  if (job.state !== 'active') return null;
  const [next] = parseSchedule(job.schedule, job.tz).next(now, 1);
  return next === undefined ? null : new Date(next).toISOString();
}
