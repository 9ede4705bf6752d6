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

/** Shorter values would take half of every text with them, and are no secrets. */
const SHORTEST_SECRET = 6;
const REDACTED = '[redacted]';

/** Auth0's header of a JWT is longer than this; so are all that name an algorithm. */
const JWT_START = /\beyJ[\w-]{8}/;

/** A dotted word without the JWT that it may hold: from the start of the header to the word's end. */
function withoutJwt(word: string): string {
  const start = word.search(JWT_START);
  if (start < 0) return word;
  const hasThreeParts = word.slice(start).split('.', 3).length === 3;
  return hasThreeParts ? word.slice(0, start) + REDACTED : word;
}

/** The part between `//` and `@` without credentials; a name without a password stays. */
const withoutCredentials = (found: string, user: string) => (/.:./.test(user) ? `//${REDACTED}@` : found);

/** What a pattern finds, and what stands there afterwards. */
interface SecretPattern {
  readonly pattern: RegExp;
  readonly replacement: string | ((found: string, group: string) => string);
}

/**
 * What looks like a secret wherever it comes from: tokens, Slack webhooks, credentials in addresses.
 *
 * Texts come from peers, so each pattern takes time in proportion to the text, whatever it holds: where it gives
 * up at one place, it has read nothing that it reads again from the next one. A run of characters is therefore
 * taken whole, and looked at afterwards.
 */
export const secretPatterns: readonly SecretPattern[] = [
  { pattern: /[\w.-]+/g, replacement: withoutJwt },
  // Words follow these two as well; credentials are longer, or have digits.
  {
    pattern: /\b(Bearer|Basic)\s+(?=[\w+/=.~-]*\d|[\w+/=.~-]{16})[\w+/=.~-]{8,}/gi,
    replacement: `$1 ${REDACTED}`,
  },
  { pattern: /\/services\/[A-Z0-9]+\/[A-Z0-9]+\/\w+/gi, replacement: `/services/${REDACTED}` },
  { pattern: /\/\/([^/@\s"']+)@/g, replacement: withoutCredentials },
  {
    pattern:
      /\b(client_secret|access_token|refresh_token|id_token|password)(\\?["']?\s*[=:]\s*\\?["']?)[^\s"'&,}\\]+/gi,
    replacement: `$1$2${REDACTED}`,
  },
];

/**
 * Takes secrets out of everything that leaves (log lines, answers, records, Slack messages), and the control
 * characters that would make a terminal or a chat show something else.
 */
export interface Redactor {
  /** Adds a secret that was not known from the start, such as an access token. */
  add(secret: unknown): void;
  /** The text without any secret or control character. */
  text(text: string): string;
  /** A copy of plain data, each text in it without any secret or control character. */
  data<T>(data: T): T;
}

/** An address that is a secret is one for its last part, as a Slack webhook's is; a shorter one is a name. */
const SHORTEST_LAST_PART = 12;

/** The last part of a secret that is an address. */
function lastPartOf(secret: string): string[] {
  const part = URL.canParse(secret) ? (new URL(secret).pathname.split('/').at(-1) ?? '') : '';
  return part.length >= SHORTEST_LAST_PART ? [part] : [];
}

/** The forms in which a secret can stand in a text. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    // Of what is left when it is written as UTF-8, which is any text.
    encodeURIComponent(bytes.toString()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    // Without padding it is found with and without.
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    // As the user of Basic authentication, without a password.
    Buffer.from(`${secret}:`).toString('base64').replace(/=+$/, ''),
  ];
}

/**
 * Makes the one place through which text passes on its way out.
 *
 * @param secrets values that must never be seen; what is no text, or shorter than six characters, is ignored
 */
export function createRedactor(secrets: Iterable<unknown>): Redactor {
  const forms = new Set<string>();
  let known: RegExp | undefined;

  const add = (secret: unknown) => {
    if (typeof secret !== 'string') return;
    // Blanks are pasted along with a secret; settings are used without them.
    for (const value of [secret, secret.trim(), ...lastPartOf(secret)]) {
      if (value.length >= SHORTEST_SECRET) for (const form of formsOf(value)) forms.add(form);
    }
    if (forms.size === 0) return;
    const longestFirst = [...forms].sort((a, b) => b.length - a.length);
    known = new RegExp(
      longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'),
      'g',
    );
  };
  for (const secret of secrets) add(secret);

  const text = (value: string): string =>
    withoutControls(
      secretPatterns.reduce(
        (clean, { pattern, replacement }) =>
          typeof replacement === 'string'
            ? clean.replace(pattern, replacement)
            : clean.replace(pattern, replacement),
        known ? value.replace(known, REDACTED) : value,
      ),
    );

  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [text(key), clean(field)]));
  };

  return { add, text, data: <T>(data: T) => clean(data) as T };
}
