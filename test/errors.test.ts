import { expect, test } from 'vitest';
import { ExportError } from '../src/errors';

test('a failure carries its code, its words and what was thrown underneath', () => {
  const cause = new TypeError('fetch failed');
  const error = new ExportError('segment_unreachable', 'Segment could not be reached.', cause);
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message, error.cause]).toEqual([
    'ExportError',
    'segment_unreachable',
    'Segment could not be reached.',
    cause,
  ]);
});

test('one without a cause has none to show', () => {
  expect('cause' in new ExportError('lease_lost', 'x')).toBe(false);
});
