/** A piece of a text in Slack's mrkdwn. */
export type MrkdwnPart =
  | { kind: 'text' | 'bold' | 'italic' | 'code' | 'block'; text: string }
  | { kind: 'link'; text: string; href: string }
  /** Milliseconds since 1970. */
  | { kind: 'date'; at: number }
  | { kind: 'emoji'; name: string };

const ESCAPED: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

const unescaped = (text: string): string => text.replace(/&(?:amp|lt|gt);/g, (all) => ESCAPED[all] ?? all);

const MARKS =
  /(?<block>```[\s\S]*?```)|(?<code>`[^`\n]+`)|<!date\^(?<seconds>\d{1,10})\^[^>]*>|<(?<href>https?:[^|>\s]+)(?:\|(?<label>[^>]*))?>|:(?<emoji>[a-z_]{1,40}):|(?<![\w*])\*(?! )(?<bold>[^*\n]+)(?<! )\*(?![\w*])|(?<![\w_])_(?! )(?<italic>[^_\n]+)(?<! )_(?![\w_])/g;

function partOf({ block, code, seconds, href, label, emoji, bold, italic }: Partial<Record<string, string>>) {
  if (block !== undefined) return { kind: 'block', text: unescaped(block.slice(3, -3)) } as const;
  if (code !== undefined) return { kind: 'code', text: unescaped(code.slice(1, -1)) } as const;
  if (seconds !== undefined) return { kind: 'date', at: Number(seconds) * 1000 } as const;
  if (emoji !== undefined) return { kind: 'emoji', name: emoji } as const;
  if (bold !== undefined) return { kind: 'bold', text: unescaped(bold) } as const;
  if (italic !== undefined) return { kind: 'italic', text: unescaped(italic) } as const;
  if (href === undefined) return undefined;
  return { kind: 'link', href: unescaped(href), text: unescaped(label ?? href) } as const;
}

/**
 * Takes a text in mrkdwn apart, as far as reports make use of it: bold, italic, code, links, dates and emoji
 * (https://docs.slack.dev/messaging/formatting-message-text). Everything else stays the text that it is.
 */
export function parseMrkdwn(text: string): MrkdwnPart[] {
  const parts: MrkdwnPart[] = [];
  let end = 0;
  for (const match of text.matchAll(MARKS)) {
    const part = partOf(match.groups ?? {});
    if (!part) continue;
    if (match.index > end) parts.push({ kind: 'text', text: unescaped(text.slice(end, match.index)) });
    parts.push(part);
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: unescaped(text.slice(end)) });
  return parts;
}
