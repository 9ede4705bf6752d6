import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, escapeControls, onOneLine, withoutControls } from '../src/redactor';

const CLEAR_SCREEN = '\u001b[2J\u001b[H';
const C1_CLEAR_SCREEN = '\u009b2J';

describe('a text loses what makes a terminal or a chat show something else', () => {
  test.each([
    ['an escape sequence', `a${CLEAR_SCREEN}b`, 'a�[2J�[Hb'],
    ['the same in C1', `a${C1_CLEAR_SCREEN}b`, 'a�2Jb'],
    ['a window title', 'a\u001b]0;root@host\u0007b', 'a�]0;root@host�b'],
    ['a carriage return over the line', 'failed\rexported', 'failed�exported'],
    ['backspaces', 'failed\b\b\b\b\b\bdone', `failed${'�'.repeat(6)}done`],
    ['text that runs backwards', 'user\u202egnp.exe', 'user�gnp.exe'],
    ['isolates and marks', '\u2066a\u2069\u200fb\u061c', '�a��b�'],
    ['DEL and NUL', 'a\u007fb\0', 'a�b�'],
  ])('%s', (_what, dirty, clean) => {
    expect(withoutControls(dirty)).toBe(clean);
    expect(createRedactor([]).text(dirty)).toBe(clean);
    expect(createRedactor([]).data({ [dirty]: [dirty] })).toEqual({ [clean]: [clean] });
  });

  test.each(['a\tb\nc', 'Zoë, 山田, عبد, 😀, a\u00a0b', ''])('%j stays', (innocent) => {
    expect(withoutControls(innocent)).toBe(innocent);
  });

  test('within a line, line breaks of every kind become blanks', () => {
    expect(onOneLine(' a\r\nb\nc\u2028d\u0085e\tf\r')).toBe(' a b c d e f ');
  });
});

test('JSON keeps its data when its control characters are escaped', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (data) => {
      const escaped = escapeControls(JSON.stringify(data));
      expect(escaped).toBe(withoutControls(escaped));
      expect(JSON.parse(escaped)).toEqual(JSON.parse(JSON.stringify(data)));
    }),
  );
  expect(escapeControls('{"a":"\u009b\u202e"}')).toBe('{"a":"\\u009b\\u202e"}');
});
