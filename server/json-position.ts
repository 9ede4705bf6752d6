import { type ParseError, parse } from 'jsonc-parser';

/**
 * Where a text stops being JSON. V8's own message repeats what stands there, which may be a secret.
 *
 * @returns such as `line 3, column 14`; empty where it is JSON
 */
export function jsonPosition(text: string): string {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const [first] = errors;
  if (!first) return '';
  const before = text.slice(0, first.offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}
