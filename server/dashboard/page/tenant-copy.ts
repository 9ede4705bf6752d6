import { formatAboutDuration, formatDuration, formatNumber, formatRelativeTime } from '../../ui/format';
import { describeProgress, plural } from '../../ui/page-copy';
import type { TenantDetails, TenantState, TenantSummary } from '../api/view';

/** A tenant's state in a word. */
export const STATE_WORDS: Readonly<Record<TenantState, string>> = {
  failing: 'Failing',
  overdue: 'Overdue',
  behind: 'Falling behind',
  'catching-up': 'Catching up',
  new: 'New',
  ok: 'Caught up',
  off: 'Off',
};

/** When something will be, within a sentence: `at 14:05`, `on 26 Nov at 03:00`. */
function whenItIs(iso: string, now: number): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  if (at.toDateString() === new Date(now).toDateString()) return `at ${time}`;
  return `on ${at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })} at ${time}`;
}

/** What is known of a tenant when it is described. */
type Described = Pick<TenantDetails, 'summary' | 'running' | 'lag' | 'schedule'>;

/**
 * A tenant's state in a plain sentence or two.
 *
 * @param now milliseconds since 1970
 */
export function describeTenant({ summary, running, lag, schedule }: Described, now: number): string {
  const { lastRun, nextRun } = summary;
  const ago = lastRun ? formatRelativeTime(Date.parse(lastRun.start), now) : '';
  const next = nextRun === null ? '' : whenItIs(nextRun, now);
  if (running) return describeRunning(summary, running, now);
  switch (summary.state) {
    case 'failing':
      return `The last run, ${ago}, failed. ${next ? `The next, ${next}, tries again.` : 'The schedule is off, so that none tries again.'}`;
    case 'overdue':
      return `Overdue. The last run was ${ago}, though the schedule says: ${schedule.description.toLowerCase()}.`;
    case 'behind':
      return 'Falling behind. Logs come in faster than they are exported: let it run more often.';
    case 'catching-up':
      return `Catching up. ${lag.caughtUpIn === null ? 'More logs are waiting' : `At this pace it has caught up in ${formatAboutDuration(lag.caughtUpIn)}`}; ${next ? `the next run is ${next}` : 'the schedule is off'}.`;
    case 'new':
      return next ? `It has not run yet. The first run is ${next}.` : 'It has not run yet.';
    case 'ok': {
      const sent =
        lastRun && lastRun.eventsSent > 0
          ? `Segment accepted ${plural(lastRun.eventsSent, 'event')} of the last run, ${ago}`
          : `The last run, ${ago}, found nothing to send`;
      return `Caught up. ${sent}${next ? `; the next is ${next}` : ''}.`;
    }
    case 'off':
      return 'Switched off. Nothing is exported until it is switched on; the next run then resumes from its checkpoint.';
  }
}

function describeRunning(
  { state, lastRun }: TenantSummary,
  running: NonNullable<TenantDetails['running']>,
  now: number,
): string {
  const since = formatDuration(Math.max(0, now - Date.parse(running.startedAt)));
  const done = running.logsRead > 0 ? `: ${describeProgress(running)}` : '';
  if (!lastRun)
    return `The first run is under way${done}. It starts with the oldest log that Auth0 still has.`;
  const before = state === 'failing' ? 'The last run failed; another' : 'A run';
  return `${before} has been under way for ${since}${done}.`;
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
