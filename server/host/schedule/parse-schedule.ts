import { Cron } from 'croner';
import cronstrue from 'cronstrue';

/** When a job runs. */
export interface Schedule {
  /** Six fields, seconds first. */
  cron: string;
  /** IANA name. */
  timeZone: string;
  /** Such as `Every 5 minutes`. */
  words: string;
  /** The next `count` times after `after`, in milliseconds since 1970. */
  next(after: number, count: number): number[];
}

/** Whether this machine knows a time zone. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a schedule as the platform writes it.
 *
 * @param cron six fields: second, minute, hour, day of the month, month, day of the week
 * @param timeZone IANA name
 * @throws {RangeError} when it is none, or never comes; the message is for whoever wrote it
 */
export function parseSchedule(cron: string, timeZone: string): Schedule {
  const pattern = cron.trim().replace(/\s+/g, ' ');
  const shown = JSON.stringify(pattern.slice(0, 100));
  if (!isTimeZone(timeZone)) {
    throw new RangeError(
      `The time zone is ${JSON.stringify(timeZone.slice(0, 60))}, which is not known. Use an IANA name, such as Europe/Berlin or UTC.`,
    );
  }
  const example =
    'It needs six fields: second, minute, hour, day of the month, month, day of the week. Every 5 minutes is 0 */5 * * * *';
  if (pattern.split(' ').length !== 6) throw new RangeError(`The schedule is ${shown}. ${example}`);
  let job: Cron;
  let words: string;
  try {
    job = new Cron(pattern, { paused: true, timezone: timeZone, mode: '6-part' });
    words = cronstrue.toString(pattern, { use24HourTimeFormat: true });
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/^\w+Pattern: /, '');
    throw new RangeError(`The schedule is ${shown}, which cannot be read (${reason}). ${example}`, {
      cause: error,
    });
  }
  if (!job.nextRun()) throw new RangeError(`The schedule is ${shown}, a time that never comes. ${example}`);
  return {
    cron: pattern,
    timeZone,
    words,
    next: (after, count) => job.nextRuns(count, new Date(after)).map((date) => date.getTime()),
  };
}
