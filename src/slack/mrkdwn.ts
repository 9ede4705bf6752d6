import { formatDuration } from '../duration';
import { number } from '../run-words';

/** Verbatim: Slack makes no links and mentions of what merely looks like them. */
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text, verbatim: true });

/**
 * A paragraph.
 *
 * @param text mrkdwn of 3,000 characters at most
 */
export const section = (text: string) => ({ type: 'section' as const, text: mrkdwn(text) });

/**
 * Short facts, two in a row.
 *
 * @param facts at most ten; name, and value in mrkdwn of 1,900 characters at most
 */
export const factsSection = (facts: readonly (readonly [name: string, value: string])[]) => ({
  type: 'section' as const,
  fields: facts.map(([name, value]) => mrkdwn(`*${name}*\n${value}`)),
});

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Text as it may stand in Slack's mrkdwn: the three characters that Slack interprets are escaped
 * (https://api.slack.com/reference/surfaces/formatting#escaping), so that nothing in it becomes a mention,
 * and no code block begins in it.
 *
 * @param longest characters at most, the escapes included; a longer text is cut between two characters
 */
export function escapeMrkdwn(text: string, longest = Number.POSITIVE_INFINITY): string {
  const unfenced = text.replaceAll('```', "'''");
  const whole = unfenced.replace(/[&<>]/g, (character) => ESCAPES[character] ?? character);
  if (whole.length <= longest) return whole;
  let cut = '';
  for (const character of unfenced) {
    const escaped = ESCAPES[character] ?? character;
    if (cut.length + escaped.length > longest - '…'.length) break;
    cut += escaped;
  }
  return `${cut}…`;
}

/** Nothing in a code may end it. */
const plain = (text: string, longest: number) =>
  escapeMrkdwn(text.replaceAll('`', "'").replace(/\s+/g, ' ').trim(), longest);

/** Text in a fixed-width font, within a line. */
export const codeSpan = (text: string, longest: number) => `\`${plain(text, longest)}\``;

/** Text in a box of its own, which is easy to copy. */
export const codeBlock = (text: string, longest: number) => `\`\`\`${plain(text, longest)}\`\`\``;

/** The time between two moments. */
export function duration(start: string, end: string): string {
  const ms = Date.parse(end) - Date.parse(start);
  return Number.isNaN(ms) ? 'unknown' : formatDuration(ms);
}

/** Events exported, by their names, one in a line, in mrkdwn. */
export const events = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([name, times]) => `${number(times)} ${escapeMrkdwn(name, 100)}`)
    .join('\n');

/** A moment in mrkdwn: Slack shows it in the reader's own time zone. */
export function moment(iso: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return escapeMrkdwn(iso || 'unknown', 100);
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time_secs}|${new Date(ms).toISOString()}>`;
}
