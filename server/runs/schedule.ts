import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import cronstrue from 'cronstrue';
import { LRUCache } from 'lru-cache';
import type { TenantRow } from '../tenants/tenant-store';
import { isTimeZone } from '../time-zone';

/** When runs are scheduled. */
export interface Schedule {
  /** Six fields, seconds first. */
  cron: string;
  /** IANA name. */
  timeZone: string;
  /** Such as `Every 5 minutes`. */
  description: string;
  /** The next `count` times after `after`, in milliseconds since 1970. */
  next(after: number, count: number): number[];
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
  let description: string;
  try {
    job = new Cron(pattern, { paused: true, timezone: timeZone, mode: '6-part' });
    description = cronstrue.toString(pattern, { use24HourTimeFormat: true });
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
    description,
    next: (after, count) => job.nextRuns(count, new Date(after)).map((date) => date.getTime()),
  };
}

/** However rarely a tenant's runs come, they come at most this much later than its schedule says. */
const LONGEST_SPREAD_MS = 5 * 60 * 1000;
/** Among so many runs a schedule shows its shortest interval, unless somebody made it to hide that. */
const RUNS_LOOKED_AT = 6;
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
  const times = schedule.next(after, RUNS_LOOKED_AT);
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
