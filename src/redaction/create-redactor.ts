/** Shorter values would take half of every text with them, and are no secrets. */
const SHORTEST_SECRET = 6;
const REDACTED = '[redacted]';

/** What looks like a secret wherever it comes from: tokens, Slack webhooks, credentials in addresses. */
const PATTERNS: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED],
  // Words follow these two as well; credentials are longer, or have digits.
  [/\b(Bearer|Basic)\s+(?=[\w+/=.~-]*\d|[\w+/=.~-]{16})[\w+/=.~-]{8,}/gi, `$1 ${REDACTED}`],
  [/\/services\/[A-Z0-9]+\/[A-Z0-9]+\/\w+/gi, `/services/${REDACTED}`],
  [/(\/\/)[^/@\s"']+:[^/@\s"']+@/g, `$1${REDACTED}@`],
  [
    /\b(client_secret|access_token|refresh_token|id_token|password)(\\?["']?\s*[=:]\s*\\?["']?)[^\s"'&,}\\]+/gi,
    `$1$2${REDACTED}`,
  ],
];

/** Takes secrets out of everything that leaves: log lines, answers, records, Slack messages. */
export interface Redactor {
  /** Adds a secret that was not known from the start, such as an access token. */
  add(secret: unknown): void;
  /** The text without any secret. */
  text(text: string): string;
  /** A copy of plain data, each text in it without any secret. */
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
    PATTERNS.reduce(
      (clean, [pattern, replacement]) => clean.replace(pattern, replacement),
      known ? value.replace(known, REDACTED) : value,
    );

  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [text(key), clean(field)]));
  };

  return { add, text, data: <T>(data: T) => clean(data) as T };
}
