import type { StartPoint } from '../../src/job/start-point';

/** A day, or a moment with its zone; the day of both is looked at, as `Date` takes 31 February for 3 March. */
const DATE = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
/** What looks like a date: nothing of that form is the ID of a log. */
const NEARLY_DATE = /^\d{4}-\d{1,2}-\d{1,2}/;

/**
 * Where an export is to start, as somebody has entered it: `oldest`, `now`, a date of UTC such as `2026-03-01`, a moment
 * with its zone such as `2026-03-01T12:00Z`, or the ID of a log.
 *
 * @param text not empty
 * @returns `undefined` for what is none of these
 */
export function parseStartWords(text: string): StartPoint | undefined {
  const word = text.toLowerCase();
  if (word === 'oldest' || word === 'now') return { kind: word };
  if (NEARLY_DATE.test(text)) {
    const day = DATE.exec(text)?.[1] ?? '';
    const midnight = Date.parse(day);
    const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
    const at = Date.parse(text);
    return isDay && !Number.isNaN(at) ? { kind: 'at', at } : undefined;
  }
  // IDs have digits; a word without is mistyped.
  return /^(?=.*\d)[\w-]{1,100}$/.test(text) ? { kind: 'log', id: text } : undefined;
}

/** Why there is no log to start with, and what to do. */
export function describeMissingStart(point: StartPoint): string {
  switch (point.kind) {
    case 'log':
      return `Auth0 does not know a log ${JSON.stringify(point.id.slice(0, 100))}: the ID is mistyped, or older than the tenant's log retention. Copy it again from the failed run or from Slack, or start from a date.`;
    case 'at':
      return `Auth0 has no log of ${new Date(point.at).toISOString()} or later. Enter an earlier time, or start from now.`;
    default:
      return 'Auth0 has no logs of this tenant. Wait for its first login: the next run exports it by itself.';
  }
}
