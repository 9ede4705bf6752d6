import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, secretPatterns } from '../src/redactor';
import { countSteps } from './support/regex-steps';

/**
 * Time is counted in steps of a backtracking engine instead of seconds, which a busy machine stretches. A text
 * of this length costs a quadratic pattern thousands of steps for each character.
 */
const LENGTH = 4_000;
const MOST_STEPS_PER_CHARACTER = 60;

/** What the patterns are made of, so that texts come close to matching. */
const pieces = [
  ...[
    'eyJ',
    '-eyJ',
    'eyJabcdefgh',
    '.',
    '-',
    'a',
    '_',
    '1',
    'Bearer',
    'basic ',
    ' ',
    '\n',
    '/',
    '//',
    ':',
    '@',
  ],
  ...[
    '/services/',
    'A',
    '"',
    "'",
    '\\',
    '=',
    ': ',
    '&',
    ',',
    '}',
    'password',
    'client_secret=',
    'é',
    '\ud83d\ude00',
  ],
];
const unit = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...pieces) }, fc.string({ maxLength: 3 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');

const stepsOf = (text: string) =>
  secretPatterns.reduce((sum, { pattern }) => sum + countSteps(pattern, text).steps, 0);
const filled = (start: string, repeated: string, end: string, length: number) =>
  start + repeated.repeat(Math.ceil(length / repeated.length)).slice(0, length) + end;

describe('secrets are looked for in steps that grow with the text alone', () => {
  test.each([
    '-eyJa',
    'eyJabcdefgh',
    '//a:',
    '//a:a',
    ':a',
    'Bearer ',
    '/services/A',
    'password ',
    'password= ',
  ])('a text full of %j: twice the text, twice the steps', (repeated) => {
    for (const start of ['', '//', 'eyJ', 'Bearer ']) {
      const once = stepsOf(filled(start, repeated, '!', LENGTH));
      const twice = stepsOf(filled(start, repeated, '!', 2 * LENGTH));
      expect(once).toBeLessThan(MOST_STEPS_PER_CHARACTER * LENGTH);
      expect(twice).toBeLessThan(2.1 * once);
    }
  });

  test('any text made of what they look for', () => {
    fc.assert(
      fc.property(unit, unit, unit, (start, repeated, end) => {
        const text = filled(start, repeated, end, LENGTH);
        expect(stepsOf(text)).toBeLessThan(MOST_STEPS_PER_CHARACTER * text.length);
      }),
      { numRuns: 400 },
    );
  });

  test('the steps are those of a search that finds what the engine finds', () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        for (const { pattern } of secretPatterns) {
          const found = [...text.matchAll(pattern)].map(({ index, 0: all }) => [index, index + all.length]);
          expect(countSteps(pattern, text).matches).toEqual(found);
        }
      }),
    );
  });

  test('the search tells a pattern that takes quadratic time', () => {
    const { steps } = countSteps(/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '-eyJa'.repeat(LENGTH / 5));
    expect(steps).toBeGreaterThan(MOST_STEPS_PER_CHARACTER * LENGTH);
  });
});

test('a megabyte of what froze a host is done within the time of any test', () => {
  const { text } = createRedactor(['segment-write-key']);
  for (const repeated of ['-eyJa', '//a:', 'a:a:', 'Bearer ']) {
    const attack = repeated.repeat(1_000_000 / repeated.length);
    expect(text(`${attack} segment-write-key`)).toBe(`${attack} [redacted]`);
  }
});

test.each([
  ['two JWTs in one word', 'a-eyJabcdefgh.b.c,eyJabcdefgh.b.c', 'a-[redacted],[redacted]'],
  ['one behind a dotted name', 'token.eyJabcdefgh.b.c', 'token.[redacted]'],
  ['an encrypted one, of five parts', 'eyJabcdefgh..iv.text.tag', '[redacted]'],
  ['credentials with a colon in the password', '//user:p:w@host', '//[redacted]@host'],
])('%s', (_what, dirty, clean) => {
  expect(createRedactor([]).text(dirty)).toBe(clean);
});

test('an address with a user and no password stays', () => {
  expect(createRedactor([]).text('git://git@host/x, //:@host')).toBe('git://git@host/x, //:@host');
});
