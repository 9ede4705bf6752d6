import { expect, test } from 'vitest';
import { ExportError, exportErrorCodes, remedyOf, toLoggedError } from '../src/errors';

test('a failure carries its code, its words and what was thrown underneath', () => {
  const cause = new TypeError('fetch failed');
  const error = new ExportError('segment_unreachable', 'Segment could not be reached.', cause);
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message, error.cause]).toEqual([
    'ExportError',
    'segment_unreachable',
    'Segment could not be reached. The next run tries again from the checkpoint; if this persists, check that this machine can connect to that host.',
    cause,
  ]);
});

test('one without a cause has none to show', () => {
  expect('cause' in new ExportError('lease_lost', 'x')).toBe(false);
});

test('each code has exactly one remedy, which the message ends with and which no other reason brings a second of', () => {
  for (const code of exportErrorCodes) {
    const error = new ExportError(code, 'It broke.');
    expect([code, error.message, error.reason]).toEqual([code, `It broke. ${remedyOf(code)}`, 'It broke.']);
    expect(remedyOf(code)).toMatch(/^[A-Z].*\.$/);
  }
});

test('a START_FROM that Auth0 does not know is to be corrected or cleared, and only a damaged state needs one', () => {
  expect(remedyOf('start_from_unknown')).toBe(
    'Correct START_FROM, or clear it to go on from the checkpoint.',
  );
  expect(exportErrorCodes.filter((code) => /into START_FROM/.test(remedyOf(code)))).toEqual([
    'storage_damaged',
  ]);
});

test('what is logged of a failure has no stack, unless it is a bug', () => {
  expect(toLoggedError(new ExportError('lease_lost', 'x'))).toEqual({
    name: 'ExportError',
    code: 'lease_lost',
  });
  expect(toLoggedError(new TypeError('y'))).toMatchObject({ stack: expect.stringContaining('y') });
});
