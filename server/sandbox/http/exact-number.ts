/** Delimits an exact number while its answer is serialized. No JSON text of another value contains it. */
const MARK = '\u0000exact-number\u0000';
const MARKED = /"\\u0000exact-number\\u0000([^"]+)"/g;

/** A JSON number whose digits JavaScript can't represent, such as 9007199254740993. */
export class ExactNumber {
  constructor(readonly digits: string) {}

  toJSON(): string {
    return MARK + this.digits;
  }
}

/** Serializes a value as JSON. Each `ExactNumber` in it becomes a number with exactly its digits. */
export function stringifyExactly(value: unknown): string {
  const text = JSON.stringify(value);
  return text?.includes('\\u0000exact-number') ? text.replace(MARKED, '$1') : text;
}
