import { DAY, HOUR, MINUTE } from '../../src/duration';
import { readerLocale } from './locale';

export { formatDuration } from '../../src/duration';

/** Milliseconds between two readings of the page's clock: relative times are shown in minutes. */
export const TICK_MS = 10_000;

/**
 * A duration that is an estimate, without pretending to know it exactly: `less than a minute`, `about 20 minutes`,
 * `about 3 hours`, `about 2 days`.
 */
export function formatAboutDuration(ms: number): string {
  if (ms < MINUTE) return 'less than a minute';
  const about = (count: number, unit: string) => `about ${count} ${unit}${count === 1 ? '' : 's'}`;
  if (ms < 1.5 * HOUR) return about(Math.round(ms / MINUTE), 'minute');
  if (ms < 2 * DAY) return about(Math.round(ms / HOUR), 'hour');
  return about(Math.round(ms / DAY), 'day');
}

/** A whole number with its thousands set apart, as the reader's language does it. */
export function formatNumber(value: number): string {
  return value.toLocaleString(readerLocale());
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/**
 * How long ago something was: `just now`, `3 minutes ago`, `yesterday`.
 *
 * @param at milliseconds since 1970
 */
export function formatRelativeTime(at: number, now: number, locale = readerLocale()): string {
  const ago = now - at;
  for (const [unit, length] of STEPS) {
    if (Math.abs(ago) >= length) {
      return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-Math.round(ago / length), unit);
    }
  }
  return 'just now';
}

/** How the day of a date is written: with the year where it is another than now. */
const dayOf = (date: Date, now: number): Intl.DateTimeFormatOptions => ({
  day: 'numeric',
  month: 'short',
  ...(date.getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }),
});

/**
 * A point in time in the reader's zone: time alone for today, with the day otherwise.
 *
 * @param at milliseconds since 1970
 * @param now leaves the day out where it is the same; always with day and zone where it is not given
 */
export function formatTime(at: number, now?: number): string {
  const date = new Date(at);
  if (now !== undefined && date.toDateString() === new Date(now).toDateString()) {
    return date.toLocaleTimeString(readerLocale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }
  return now === undefined
    ? date.toLocaleString(readerLocale(), { dateStyle: 'medium', timeStyle: 'long' })
    : date.toLocaleString(readerLocale(), { ...dayOf(date, now), hour: '2-digit', minute: '2-digit' });
}

/**
 * A point in time to the minute in the reader's zone, the day only where it is not today.
 *
 * @param at milliseconds since 1970
 * @param now milliseconds since 1970
 */
export function formatClock(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  return isToday
    ? new Date(at).toLocaleTimeString(readerLocale(), time)
    : new Date(at).toLocaleString(readerLocale(), { ...time, ...dayOf(new Date(at), now) });
}

/**
 * A stretch of time in the reader's zone: times alone where it lies within today, with the days otherwise.
 *
 * @param from milliseconds since 1970
 * @param to milliseconds since 1970
 * @param now milliseconds since 1970
 * @returns `unknown` where one of them is no time
 */
export function formatTimeRange(from: number, to: number, now: number): string {
  if (Number.isNaN(from) || Number.isNaN(to)) return 'unknown';
  const today = new Date(now).toDateString();
  const isToday = [from, to].every((at) => new Date(at).toDateString() === today);
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat(
    readerLocale(),
    isToday ? time : { ...time, day: 'numeric', month: 'short' },
  );
  return `${format.format(from)} to ${format.format(to)}`;
}

/** What a colour says: fine, look at it, broken, at work, or nothing in particular. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'plain';

/** A log id begins with the time of its log and ends like all others. */
const HEAD = 22;

/** Leaves out what long identifiers have in common: their end. */
export function shorten(id: string): string {
  return id.length <= HEAD + 4 ? id : `${id.slice(0, HEAD)}…`;
}
