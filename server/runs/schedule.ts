import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import cronstrue from 'cronstrue';
import { LRUCache } from 'lru-cache';
import { isTimeZone } from '../../src/time-zone';
import type { TenantRow } from '../tenants/tenant-store';

/** When runs are scheduled. */
export interface Schedule {
  /** Six fields, seconds first. */
  cron: string;
  /** IANA name. */
  timeZone: string;
  /** Such as `Every 5 minutes`. */
  description: string;
  /** A sentence about what the schedule costs; empty if it needs none. */
  warning: string;
  /** The next `count` times after `after`, in milliseconds since 1970. */
  next(after: number, count: number): number[];
}

/** Schedules by name, as crontab(5) has them. */
const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
};

const EXAMPLE =
  'It needs five fields: minute, hour, day of the month, month, day of the week. A sixth, in front, gives the second. Every 5 minutes is */5 * * * *, or 0 */5 * * * * with seconds';

const MINUTE_MS = 60_000;
/** Among so many runs a schedule shows its shortest interval, unless it is made to hide that. */
const COMPARED_RUNS = 6;

/** Returns six fields for what was entered: a name, five fields or six. */
function toSixFields(entered: string): string {
  const pattern = entered.trim().replace(/\s+/g, ' ');
  const named = NICKNAMES[pattern.toLowerCase()];
  if (named) return named;
  const fields = pattern === '' ? 0 : pattern.split(' ').length;
  if (fields === 5) return `0 ${pattern}`;
  if (fields === 6) return pattern;
  throw new RangeError(
    `The schedule is ${JSON.stringify(pattern.slice(0, 100))}. ${EXAMPLE}. ${Object.keys(NICKNAMES).join(', ')} are understood, too.`,
  );
}

function warningFor(cron: string, times: readonly number[]): string {
  const intervals = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const shortest = Math.min(...intervals);
  if (shortest >= MINUTE_MS) return '';
  const often = shortest <= 1_000 ? 'every second' : `every ${shortest / 1_000} seconds`;
  return `The schedule ${JSON.stringify(cron)} starts a run ${often}. Each run sends requests that count against the rate limit of the Auth0 tenant, which your applications share. Use an interval of a minute or more; a log stream exports within seconds at less cost.`;
}

/**
 * Reads a schedule.
 *
 * @param entered six fields (second, minute, hour, day of the month, month, day of the week), five without the second,
 *   or a name such as `@hourly`
 * @param timeZone IANA name
 * @throws {RangeError} if it can't be read or names no date that exists; the message is for the user who entered it
 */
export function parseSchedule(entered: string, timeZone: string): Schedule {
  const shown = JSON.stringify(entered.trim().replace(/\s+/g, ' ').slice(0, 100));
  if (!isTimeZone(timeZone)) {
    throw new RangeError(
      `The time zone is ${JSON.stringify(timeZone.slice(0, 60))}, which is not known. Use an IANA name, such as Europe/Berlin or UTC.`,
    );
  }
  const cron = toSixFields(entered);
  let job: Cron;
  let description: string;
  try {
    job = new Cron(cron, { paused: true, timezone: timeZone, mode: '6-part' });
    description = cronstrue.toString(cron, { use24HourTimeFormat: true });
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/^\w+Pattern: /, '');
    throw new RangeError(`The schedule is ${shown}, which cannot be read (${reason}). ${EXAMPLE}`, {
      cause: error,
    });
  }
  const next = (after: number, count: number) =>
    job.nextRuns(count, new Date(after)).map((date) => date.getTime());
  const times = next(Date.now(), COMPARED_RUNS);
  if (times.length === 0) {
    throw new RangeError(
      `The schedule is ${shown}, and no such date exists: ${describeDates(cron)}. Use a day of the month that the month has.`,
    );
  }
  return { cron, timeZone, description, warning: warningFor(cron, times), next };
}

/** Returns the dates of a schedule as its fields have them, such as `day 31 of month 2`. */
function describeDates(cron: string): string {
  const [, , , day = '', month = ''] = cron.split(' ');
  return `day ${day} of month ${month}`;
}

/** However rarely a tenant's runs come, they come at most this much later than its schedule says. */
const LONGEST_SPREAD_MS = 5 * 60 * 1000;
const HASH_BYTES = 6;

/** A schedule, and within how many milliseconds after its times the tenants that have it may begin. */
interface SpreadSchedule {
  schedule: Schedule;
  room: number;
}

/** Reading a schedule takes a millisecond, which a thousand tenants would spend for each run: most share a few. */
const known = new LRUCache<string, SpreadSchedule>({ max: 100 });

function spreadSchedule(cron: string, timeZone: string, after: number): SpreadSchedule {
  const key = `${timeZone} ${cron}`;
  const found = known.get(key);
  if (found) return found;
  const schedule = parseSchedule(cron, timeZone);
  const times = schedule.next(after, COMPARED_RUNS);
  const intervals = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const read = { schedule, room: Math.min(LONGEST_SPREAD_MS, ...intervals) };
  known.set(key, read);
  return read;
}

/** A number from 0 to less than 1 that belongs to a name. */
function fractionOf(name: string): number {
  return createHash('sha256').update(name).digest().readUIntBE(0, HASH_BYTES) / 256 ** HASH_BYTES;
}

/** Of a tenant, what its next run depends on. */
export type ScheduledTenant = Pick<TenantRow, 'name' | 'schedule' | 'timeZone' | 'isActive'>;

/**
 * When a tenant is due next: as its schedule says, and a little later where it is one of several.
 *
 * @param after milliseconds since 1970
 * @param isOnly whether there is no other tenant: its runs come on the second
 * @returns milliseconds since 1970, later than `after`; `null` where it is switched off, or never due again
 * @throws {RangeError} where its schedule cannot be read
 */
export function nextDue(tenant: ScheduledTenant, after: number, isOnly: boolean): number | null {
  if (!tenant.isActive) return null;
  const { schedule, room } = spreadSchedule(tenant.schedule, tenant.timeZone, after);
  // The same for each of its runs, and less than its interval: a thousand do not begin in the same second.
  const spread = isOnly ? 0 : Math.floor(fractionOf(tenant.name) * room);
  // A run that the schedule had before `after`, but that comes later by the spread, is still to come.
  const [next] = schedule.next(after - spread, 1);
  return next === undefined ? null : next + spread;
}
