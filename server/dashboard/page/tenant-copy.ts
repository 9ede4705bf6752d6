import {
  formatAboutDuration,
  formatDuration,
  formatNumber,
  formatRelativeTime,
  formatTime,
  TICK_MS,
} from '../../ui/format';
import { readerLocale } from '../../ui/locale';
import { describeProgress, plural } from '../../ui/page-copy';
import type { ReplayStart } from '../api/replay-view';
import type { TenantDetails, TenantSummary } from '../api/view';

/** Milliseconds by which a time zone's clocks are ahead of UTC at a moment. */
function aheadOf(timeZone: string, at: number): number {
  const part = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName');
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(part?.value ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
}

/**
 * The moment at which a time zone's clocks show a date and time. Of one that they show twice it is the earlier or the
 * later; one that they leave out becomes the hour beside it.
 *
 * @param wall such as `2026-11-25T10:00`
 * @param timeZone IANA name
 * @returns milliseconds since 1970; `NaN` where it is none
 */
export function momentOf(wall: string, timeZone: string): number {
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return asUtc;
  const near = asUtc - aheadOf(timeZone, asUtc);
  return asUtc - aheadOf(timeZone, near);
}

/**
 * With which log a run starts that has been asked for.
 *
 * @param hasEnded whether it is the last run already
 */
export function describeReplay({ date, isOldestLeft }: ReplayStart, hasEnded: boolean): string {
  const log = date === '' ? 'the log that was asked for' : `the log of ${formatTime(Date.parse(date))}`;
  const note = isOldestLeft
    ? ' That is the oldest that Auth0 still has: older ones are past its retention.'
    : '';
  return `${hasEnded ? 'The last run started' : 'A run starts'} with ${log}.${note}`;
}

/** How far a time zone's clocks are from UTC at a moment, such as `GMT+1`; the reader's where none is named. */
const offsetOf = (at: number, timeZone?: string): string =>
  new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'shortOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';

/**
 * Whether the clocks of a time zone show another time than the reader's.
 *
 * @param timeZone IANA name
 * @param at milliseconds since 1970
 */
export const isElsewhere = (timeZone: string, at: number): boolean => offsetOf(at) !== offsetOf(at, timeZone);

const yearOf = (at: number, timeZone: string) =>
  new Intl.DateTimeFormat('en', { timeZone, year: 'numeric' }).format(at);

/**
 * A point in time as the clocks of a time zone show it, with the year where that is not this one.
 *
 * @param timeZone IANA name
 * @param now milliseconds since 1970
 */
export const zonedTime = (iso: string, timeZone: string, now: number): string =>
  new Date(iso).toLocaleString(readerLocale(), {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(yearOf(Date.parse(iso), timeZone) === yearOf(now, timeZone) ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });

/** A moment by the reader's clock, with its zone: `04:00:00 GMT+1`; with the day where that is another than there. */
export function readersTime(iso: string, timeZone: string): string {
  const day = (zone?: string) => new Date(iso).toLocaleDateString('en', { timeZone: zone });
  return new Date(iso).toLocaleString(readerLocale(), {
    ...(day() === day(timeZone) ? {} : { weekday: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });
}

/**
 * When a schedule has a run, within a sentence: `at 14:05`, `on 26 Nov at 03:00`; with the reader's zone where the
 * schedule has another.
 */
function whenItIs(iso: string, timeZone: string, now: number, seconds?: '2-digit'): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString(readerLocale(), {
    hour: '2-digit',
    minute: '2-digit',
    second: seconds,
    timeZoneName: isElsewhere(timeZone, at.getTime()) ? 'short' : undefined,
  });
  if (at.toDateString() === new Date(now).toDateString()) return `at ${time}`;
  return `on ${at.toLocaleDateString(readerLocale(), { day: 'numeric', month: 'short' })} at ${time}`;
}

/** What is known of a tenant when it is described. */
type Described = Pick<TenantDetails, 'summary' | 'running' | 'lag' | 'schedule'>;

/** What Segment made of the last run. */
function describeSent({ eventsSent, rejected }: NonNullable<TenantSummary['lastRun']>, ago: string): string {
  if (eventsSent === 0 && rejected === 0) return `The last run, ${ago}, found nothing to send`;
  const refused = rejected > 0 ? ` and rejected ${plural(rejected, 'call')}` : '';
  return `Segment accepted ${plural(eventsSent, 'event')}${refused} of the last run, ${ago}`;
}

/**
 * A tenant's state in a plain sentence or two.
 *
 * @param now milliseconds since 1970
 */
export function describeTenant({ summary, running, lag, schedule }: Described, now: number): string {
  const { lastRun, nextRun } = summary;
  const ago = lastRun ? formatRelativeTime(Date.parse(lastRun.start), now) : '';
  const next = nextRun === null ? '' : whenItIs(nextRun, schedule.timeZone, now);
  if (running) return describeRunning(summary, running, now);
  switch (summary.state) {
    case 'failing':
      return `The last run, ${ago}, failed. ${next ? `The next, ${next}, tries again.` : 'The schedule is off, so that none tries again.'}`;
    case 'overdue':
      return `Overdue. The last run was ${ago}, though the schedule says: ${schedule.description.toLowerCase()}.`;
    case 'behind':
      return 'Falling behind. Logs come in faster than they are exported: let it run more often.';
    case 'incomplete':
      return `Segment rejected ${plural(summary.rejected, 'call')} in the last 24 hours. See Rejected calls for the reasons; everything else was sent.`;
    case 'catching-up':
      return `Catching up. ${lag.caughtUpIn === null ? 'More logs are waiting' : `At this pace it has caught up in ${formatAboutDuration(lag.caughtUpIn)}`}; ${next ? `the next run is ${next}` : 'the schedule is off'}.`;
    case 'new':
      return next ? `It has not run yet. The first run is ${next}.` : 'It has not run yet.';
    case 'ok':
      return `Caught up. ${lastRun ? describeSent(lastRun, ago) : 'There was nothing to send'}${next ? `; the next is ${next}` : ''}.`;
    case 'off':
      return 'Switched off. Nothing is exported until it is switched on; the next run then resumes from its checkpoint.';
  }
}

/**
 * When what has been saved takes effect.
 *
 * @param now milliseconds since 1970
 */
export function describeSaved(
  { summary, running, schedule }: Pick<Described, 'summary' | 'running' | 'schedule'>,
  now: number,
): string {
  const { nextRun } = summary;
  if (nextRun === null) {
    return 'Saved. The schedule is off: the next run works with it, when it is switched on or you begin one.';
  }
  const next = whenItIs(nextRun, schedule.timeZone, now, '2-digit');
  if (running) return `Saved. The run under way ends as it began; the next, ${next}, works with it.`;
  return `Saved. The next run, ${next}, works with it.`;
}

function describeRunning(
  { state, lastRun }: TenantSummary,
  running: NonNullable<TenantDetails['running']>,
  now: number,
): string {
  const since = Math.max(0, now - Date.parse(running.startedAt));
  const done = running.logsRead > 0 ? `: ${describeProgress(running)}` : '';
  if (!lastRun)
    return `The first run is under way${done}. It starts with the oldest log that Auth0 still has.`;
  const before = state === 'failing' ? 'The last run failed; another' : 'A run';
  // The page's clock goes in steps: a duration below them would stand still while the run goes on.
  if (since < TICK_MS) return `${before} has just begun${done}.`;
  return `${before} has been under way for ${formatDuration(since)}${done}.`;
}

/** The last 24 hours, for those who do not see the bars. */
export function describeHours(hours: TenantSummary['hours']): string {
  const events = hours.reduce((sum, hour) => sum + hour.events, 0);
  const most = hours.reduce((top, hour) => Math.max(top, hour.events), 0);
  const failed = hours.filter((hour) => hour.failed > 0).length;
  const failures = failed === 0 ? 'no run failed' : `runs failed in ${plural(failed, 'hour')}`;
  return `Last 24 hours: ${plural(events, 'event')}, at most ${formatNumber(most)} in an hour; ${failures}.`;
}

/** The name that a tenant of a domain is offered: `acme.eu.auth0.com` becomes `acme-eu`. */
export function suggestName(domain: string): string {
  return domain
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/[/:?#].*$/, '')
    .replace(/\.auth0(app)?\.com$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
}
