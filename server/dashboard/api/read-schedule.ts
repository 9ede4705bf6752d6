import { HttpError } from '../../extension/http/http-error';
import { parseSchedule, type Schedule } from '../../host/schedule/parse-schedule';

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
