let replacedValues = 0;

/** Returns the number of values of this process in which characters were replaced, since it started. */
export const countReplacedValues = (): number => replacedValues;

function note(original: string, stored: string): string {
  if (stored !== original) replacedValues += 1;
  return stored;
}

/**
 * Returns a value of a statement in which each NUL and each lone surrogate is U+FFFD. PostgreSQL refuses them, and SQLite
 * cuts a text at a NUL.
 */
export function toStorable<T>(value: T): T;
export function toStorable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((part: unknown) => toStorable(part));
  return typeof value === 'string' ? note(value, value.toWellFormed().replaceAll('\0', '\ufffd')) : value;
}

/** JSON's escapes of NUL and of lone surrogates. `JSON.stringify` escapes no other surrogates. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/**
 * Returns JSON in which each NUL and each lone surrogate is U+FFFD, in keys too. PostgreSQL's jsonb refuses them, and
 * SQLite's JSON functions cut a text at a NUL; messages of other services may have them. JSON that the database only
 * keeps needs no replacement, because there they stay escapes.
 */
export function toStorableJson(value: unknown): string {
  const json = JSON.stringify(value);
  return note(json, json.replaceAll(UNSTORABLE, '$1\ufffd'));
}
