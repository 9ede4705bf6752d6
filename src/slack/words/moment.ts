import { escapeMrkdwn } from '../escape-mrkdwn';

/** A moment in mrkdwn: Slack shows it in the reader's own time zone. */
export function moment(iso: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return escapeMrkdwn(iso || 'unknown', 100);
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time_secs}|${new Date(ms).toISOString()}>`;
}
