import { expect, test } from 'vitest';
import { ExportError } from '../../src/errors';
import { replayFrom } from '../../src/job/run-job';

const error = new ExportError('segment_unreachable', 'x');
const before = { startFrom: null, checkpointId: '7' };

test('a run that failed before its first batch is replayed from START_FROM', () => {
  expect(replayFrom(error, '3', before, '7')).toBe('3');
  expect(replayFrom(error, '3', { startFrom: null, checkpointId: null }, null)).toBe('3');
});

test('one that got further, or has acted on START_FROM before, from the checkpoint', () => {
  expect(replayFrom(error, '3', before, '8')).toBe('8');
  expect(replayFrom(error, '3', { ...before, startFrom: '3' }, '7')).toBe('7');
  expect(replayFrom(error, '', before, '7')).toBe('7');
  expect(replayFrom(error, undefined, undefined, null)).toBeNull();
});

test('after a START_FROM that Auth0 does not know no id is offered to put there', () => {
  expect(replayFrom(new ExportError('start_from_unknown', 'x'), '3', before, '7')).toBeNull();
});
