import { withoutControls } from './without-controls';

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
export interface SecretPattern {
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
