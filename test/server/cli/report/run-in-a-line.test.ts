import { expect, test } from 'vitest';
import { formatRunSummary } from '../../../../server/cli/describe-run';
import { makeRecord } from '../../../support/make-record';

test('runs that were folded are one line: how many, until when, what they read', () => {
  const folded = makeRecord({ runs: 288, lastStart: '2026-03-01T23:55:00.000Z' });
  expect(formatRunSummary(folded)).toBe('288 runs until 2026-03-01T23:55:00.000Z: nothing new');
  expect(formatRunSummary({ ...folded, logsRead: 288 })).toBe(
    '288 runs until 2026-03-01T23:55:00.000Z: read 288 logs, exported 0 events',
  );
  expect(formatRunSummary(makeRecord())).toBe('nothing new');
});
