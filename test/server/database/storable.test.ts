import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countReplacedValues, toStorable, toStorableJson } from '../../../server/database/storable';

const part = fc.constantFrom(
  '\0',
  '\ud800',
  '\udfff',
  '😀',
  '\\',
  '\\u0000',
  '\\ud800',
  'u0000',
  '"',
  'a',
  '\n',
  '\ufffd',
);
const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));

test('each NUL and each lone surrogate becomes U+FFFD, and every other character stays', () => {
  fc.assert(
    fc.property(text, text, (key, value) => {
      const stored = [toStorable(key), toStorable(value)];
      expect(stored.join('')).toMatch(/^[^\0\p{Cs}]*$/u);
      expect(stored[1]?.length).toBe(value.length);
      const json = toStorableJson({ [`k${key}`]: [value] });
      expect(JSON.parse(json)).toEqual({ [`k${stored[0]}`]: [stored[1]] });
    }),
  );
});

test('a value with replaced characters is counted once, and one without is not', () => {
  const before = countReplacedValues();
  toStorable(['a', 1, null, 'b\0\0']);
  toStorableJson({ a: '\0\ud800' });
  toStorableJson({ a: '\\u0000' });
  expect(countReplacedValues() - before).toBe(2);
});
