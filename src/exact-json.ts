/**
 * Marks a number that is kept as text. It is random, so that no text from outside can pass for a marked number.
 */
const MARK = `number-${crypto.getRandomValues(new Uint32Array(4)).join('-')}:`;
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');

/** A number where JSON may have one; within a string, something else can look like it. */
const CANDIDATE = /(?:^|[:,[])\s*(-?\d[\d.eE+-]*)/g;
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Longer than any number that JavaScript reads without a change; normalizing one takes quadratic time. */
const MAX_EXACT_LENGTH = 32;

const isChanged = (digits: string): boolean => String(Number(digits)) !== digits;

function hasChangedNumber(json: string): boolean {
  for (const [, digits = ''] of json.matchAll(CANDIDATE)) if (isChanged(digits)) return true;
  return false;
}

/**
 * Replaces each number that JavaScript would write differently (9007199254740993, 1e999, 1.10) by a marked string,
 * which {@link stringifyExact} writes as the number again. Any parser then keeps the digits.
 *
 * @returns the same text if it has no such number
 */
export function markNumbers(json: string): string {
  if (!hasChangedNumber(json)) return json;
  return json.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') || !isChanged(token) ? token : `"${MARK}${token}"`,
  );
}

/**
 * Parses JSON and keeps the digits of its numbers.
 *
 * @throws {SyntaxError} as JSON.parse does
 */
export const parseExact = (json: string): unknown => JSON.parse(markNumbers(json));

/**
 * Writes a value as JSON, its numbers with the digits that they were parsed with.
 *
 * @param value not `undefined`
 * @param indent as for JSON.stringify
 */
export function stringifyExact(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent);
  return json.includes(MARK) ? json.replace(MARKED, '$1') : json;
}

/** Returns the digits of a number, marked or not; `undefined` for every other value. */
export function digitsOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(MARK.length) : undefined;
}

/** Returns the significant digits and the power of ten of a number, by which equal numbers are equal texts. */
function normalize(digits: string): string {
  const [mantissa = '', exponent = '0'] = digits.toLowerCase().replace('-', '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const trimmed = significant.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + significant.length - trimmed.length;
  return trimmed === '' ? '0' : `${trimmed}e${power}`;
}

/**
 * Returns true if JavaScript reads the number without a change of its value. An integer beyond 2^53 never counts as
 * exact: another program may have rounded it before.
 *
 * @param digits of a number in JSON
 */
export function isExact(digits: string): boolean {
  const number = Number(digits);
  if (digits.length > MAX_EXACT_LENGTH || Math.abs(number) > Number.MAX_SAFE_INTEGER) return false;
  return normalize(digits) === normalize(String(number));
}
