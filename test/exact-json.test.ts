import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digitsOf, isExact, markNumbers, parseExact, stringifyExact } from '../src/exact-json';

const CHANGED = ['9007199254740993', '1e999', '-1e999', '1e24', '-0', '1.10', '1E2', '0.1000', '1e-400'];

test.each(CHANGED)('a round trip keeps the digits of %s', (digits) => {
  for (const json of [`{"a":${digits}}`, `[${digits},1]`, `[1,${digits}]`, `[[${digits}]]`, digits]) {
    expect(stringifyExact(parseExact(json))).toBe(json);
  }
  expect(stringifyExact(parseExact(`{ "a" : ${digits} }`), 2)).toBe(`{\n  "a": ${digits}\n}`);
});

test('a text that looks like a number or a string with quotes stays a text', () => {
  const texts = ['[1e999]', ',9007199254740993,', '":1e24,"', '\\":1.10', ':-0'];
  const json = JSON.stringify({ texts, number: 1 }).replace('"number":1', '"number":1e999');
  expect(parseExact(json)).toMatchObject({ texts });
  expect(stringifyExact(parseExact(json))).toBe(json);
});

test('JSON whose numbers JavaScript keeps is not changed', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const written = JSON.stringify(JSON.parse(json));
      expect(markNumbers(written)).toBe(written);
    }),
  );
});

test('a number that is no JSON is no JSON after the marking', () => {
  for (const json of ['[01]', '[1.]', '[1.2.30]', '[1e]', '[--1]', '[1e999', '["1e999]']) {
    expect(() => parseExact(json)).toThrow(SyntaxError);
  }
});

test('the digits of a marked number are known, and those of a text are not', () => {
  expect(digitsOf(parseExact('1e999'))).toBe('1e999');
  expect(digitsOf(7)).toBe('7');
  expect(digitsOf('7')).toBeUndefined();
});

test('a number is exact if JavaScript reads its value and no integer is beyond 2^53', () => {
  const exact = ['7', '-7', '0', '-0', '1.10', '0.1', '1e2', '100.0', '9007199254740991', '0.0010'];
  const inexact = [
    '9007199254740992',
    '9007199254740993',
    '1e999',
    '1e24',
    '1e-400',
    '0.1000000000000000055',
  ];
  expect(exact.filter((digits) => !isExact(digits))).toEqual([]);
  expect([...inexact, '1'.repeat(1_000_000)].filter(isExact)).toEqual([]);
});
