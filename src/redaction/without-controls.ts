/**
 * Characters that make a terminal, a log viewer or a chat show something else than what is written:
 * C0 (but tab and newline), DEL and C1, which move the cursor, clear the screen or set titles, and Unicode's
 * bidirectional controls, which reorder what stands around them (Trojan Source, CVE-2021-42574).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Line ends of every kind, Unicode's own included, and tabs. */
const BREAKS = /[\t\n\r\x85\u2028\u2029]+/g;

/** Stands where a control stood, so that an attempt is seen and two words do not become one. */
const PLACEHOLDER = '\ufffd';

/**
 * A text that shows what it says: each control character is replaced by `\ufffd`. Tabs and newlines stay, `\r\n`
 * becomes a newline: whole messages have lines. For a part that comes from outside, see {@link onOneLine}.
 */
export function withoutControls(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(CONTROLS, PLACEHOLDER);
}

/**
 * A text from outside, such as what a peer says of an error, as it may stand within a line: without control
 * characters, and with a blank for each line break, so that it cannot forge a line of its own.
 */
export function onOneLine(text: string): string {
  return withoutControls(text.replace(BREAKS, ' '));
}

/**
 * JSON with its control characters escaped, those included that JSON lets stand (DEL, C1, bidirectional ones):
 * the same data to a program, harmless on a terminal.
 */
export function escapeControls(json: string): string {
  return json.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
