import { escapeMrkdwn } from './escape-mrkdwn';

/** A number with thousands set apart. */
export const number = (value: number): string => value.toLocaleString('en-US');

/** A number and what it counts. */
export const count = (value: number, one: string, many: string): string =>
  `${number(value)} ${value === 1 ? one : many}`;

/** A moment in mrkdwn: Slack shows it in the reader's own time zone. */
export function moment(iso: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return escapeMrkdwn(iso || 'unknown', 100);
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time_secs}|${new Date(ms).toISOString()}>`;
}

/** The time between two moments. */
export function duration(start: string, end: string): string {
  const seconds = (Date.parse(end) - Date.parse(start)) / 1000;
  return Number.isNaN(seconds) ? 'unknown' : `${seconds.toFixed(1)} s`;
}

/** Events exported, by their names, one in a line, in mrkdwn. */
export const events = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([name, times]) => `${number(times)} ${escapeMrkdwn(name, 100)}`)
    .join('\n');
