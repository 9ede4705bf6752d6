import { expect, test } from 'vitest';
import { describeRun, formatRunSummary } from '../../../../server/cli/describe-run';
import { makeRecord } from '../../../support/make-record';

test('runs that were folded are one line: how many, until when, what they read', () => {
  const folded = makeRecord({ runs: 288, lastStart: '2026-03-01T23:55:00.000Z' });
  expect(formatRunSummary(folded)).toBe('288 runs until 2026-03-01T23:55:00.000Z: Succeeded: nothing new');
  expect(formatRunSummary({ ...folded, logsRead: 288 })).toBe(
    '288 runs until 2026-03-01T23:55:00.000Z: Succeeded: 288 logs read',
  );
  expect(formatRunSummary(makeRecord())).toBe('Succeeded: nothing new');
});

test('a run that failed says so first, then how far it came, and nothing of what there was none of', () => {
  const error = { message: 'It broke. Mend it.', checkpoint: null };
  expect(formatRunSummary(makeRecord({ error, checkpoint: null }))).toBe('Failed: It broke. Mend it.');
  expect(describeRun(makeRecord({ error, checkpoint: null }), 'nothing').map(([label]) => label)).toEqual([
    'Failed',
    'Checkpoint',
    'Slack',
    'Took',
  ]);
  const lines = new Map(describeRun(makeRecord({ error, checkpoint: null }), 'nothing'));
  expect(lines.get('Checkpoint')).toBe('none: no log was reached');
  expect(formatRunSummary(makeRecord({ error, logsRead: 9 }))).toMatch(
    /^Failed: It broke\. Mend it\. Before that: 9 logs read, /,
  );
});

test('what went wrong stands above what was done; logs, events and what was left out have a line each', () => {
  const run = makeRecord({
    startCheckpoint: '1',
    logsRead: 100,
    logsProcessed: 60,
    skipped: 3,
    events: { 'Success Login': 56 },
    rejected: [{ logId: '9', call: 'track', reason: 'Too large.' }],
    warning: 'W.',
  });
  const lines = describeRun(run, 'nothing');
  expect(lines.slice(0, 5)).toEqual([
    ['Warning', 'W.'],
    ['Rejected', '1 call: Too large. (log 9)'],
    ['Logs read', '100'],
    ['Events sent', 'Segment accepted 56 events: 56 Success Login'],
    ['Left out', '3 without a user, 40 of other types, applications or connections'],
  ]);
});

test('the first events are said to be accepted, not seen: the Debugger shows them', () => {
  const first = makeRecord({ startCheckpoint: null, logsRead: 1, logsProcessed: 1, events: { x: 1 } });
  expect(new Map(describeRun(first, 'nothing')).get('Segment')).toMatch(
    /does not confirm write keys.*Debugger/,
  );
  expect(new Map(describeRun({ ...first, startCheckpoint: '1' }, 'nothing')).has('Segment')).toBe(false);
});
