import { describe, expect, test } from 'vitest';
import { makeReport, type ReportRun } from '../../../server/extension/report/report';
import { formatAboutDuration, formatDuration, formatRelativeTime, shorten } from '../../../server/ui/format';
import {
  describeLag,
  describeLastRun,
  describeProgress,
  failureTone,
  runDuration,
  runNote,
  runOutcome,
} from '../../../server/ui/page-copy';
import { formatRequests } from '../../../src/run-words';
import { fakeClock } from '../../support/fake-clock';
import { setReaderLocale } from '../../support/set-reader-locale';
import { storeOf } from '../../support/stored-document';

setReaderLocale('en-GB');

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const run: ReportRun = {
  start: '2026-11-20T11:58:00.000Z',
  end: '2026-11-20T11:58:03.000Z',
  startCheckpoint: null,
  checkpoint: '9002',
  logsRead: 9,
  logsProcessed: 1_204,
  batches: 1,
  skipped: 0,
  rejected: [],
  events: { 'Success Login': 1_204 },
};
const rejected = [{ logId: '9001', call: 'track' as const, reason: 'Too large.' }];
const failed = { ...run, error: { message: 'Segment returned 401.', checkpoint: '9001' } };

/** A report of stored runs. */
const reportOf = (logs: object[], lease?: object) => {
  const clock = fakeClock({ now: NOW });
  return makeReport(
    { store: storeOf({ logs, lease }, clock), tenant: 't', problems: [], startFrom: '', writeKey: '', clock },
    { page: 1, perPage: 10, errorsOnly: false },
  );
};

describe('the last run in one sentence', () => {
  test.each<[string, ReportRun]>([
    ['The last run succeeded: Segment accepted 1,204 events.', run],
    ['The last run succeeded: Segment accepted 1 event.', { ...run, events: { x: 1 } }],
    ['The last run succeeded; there was nothing to send.', { ...run, events: {} }],
    ['The last run succeeded; there was nothing new.', { ...run, logsRead: 0 }],
    ['The last run succeeded, but for 1 call that could not be delivered.', { ...run, rejected }],
    ['The last run failed.', failed],
  ])('%s', async (sentence, last) => {
    expect(describeLastRun(await reportOf([last]), last)).toBe(sentence);
  });

  test('says that a run was cut off, and that none has come for long', async () => {
    const lease = { owner: 'o', startedAt: run.start, expiresAt: run.end, progress: run };
    expect(describeLastRun(await reportOf([run], lease), run)).toBe(
      'The last run was cut off before its end.',
    );
    const old = { ...run, start: '2026-11-20T09:00:00.000Z' };
    expect(describeLastRun(await reportOf([old]), old)).toBe('No run has started for some time.');
  });
});

test('how far behind the export is leads to what to do', () => {
  const lag = { lag: 60_000, exportedUntil: new Date(NOW - 60_000).toISOString(), caughtUpIn: null };
  expect(describeLag({ ...lag, trend: 'caught-up' }, NOW)).toMatch(
    /^Exported up to .*\. The export is caught up\.$/,
  );
  expect(describeLag({ ...lag, trend: 'catching-up', caughtUpIn: 330_000 }, NOW)).toContain(
    'in about 6 minutes',
  );
  expect(describeLag({ ...lag, trend: 'catching-up' }, NOW)).toContain('the next run continues');
  expect(describeLag({ ...lag, trend: 'falling-behind' }, NOW)).toContain('let the cron job run more often');
  expect(describeLag({ ...lag, trend: 'stalled' }, NOW)).toContain('Nothing is lost');
});

test('a run’s outcome and note name the worst of it', () => {
  expect(
    [failed, { ...run, rejected }, { ...run, warning: 'W.' }, run].map((one) => runOutcome(one).word),
  ).toEqual(['Failed', 'Incomplete', 'Warning', 'Succeeded']);
  // Time being up is how a long export continues, nothing to be warned of.
  expect(runOutcome({ ...run, warning: 'More logs are waiting.', moreToCome: true }).word).toBe('Succeeded');
  expect(runNote(failed, NOW)).toBe('Segment returned 401.');
  expect(runNote({ ...run, rejected, warning: 'W.' }, NOW)).toBe('1 call rejected. W.');
});

test('runs that were folded say how many they are and when they were', () => {
  const folded = {
    ...run,
    runs: 288,
    events: {},
    start: '2026-11-19T00:00:00',
    lastStart: '2026-11-19T23:55:00',
  };
  expect(runNote(folded, NOW)).toMatch(/^288 runs, nothing to send, .*(00|12):00.* to .*(23|11):55.*\.$/);
  expect(runNote({ ...folded, events: { Login: 2_880 } }, NOW)).toContain('288 runs, 2,880 events sent, ');
  expect(runNote({ ...folded, error: failed.error }, NOW)).toMatch(/^288 runs.* Segment returned 401\.$/);
  expect(runDuration(run)).toBe(3_000);
  expect(runDuration(folded)).toBeNaN();
});

test('a run under way says how far it has come, in the words of a run that has ended', () => {
  expect(describeProgress({ logsRead: 1_300, eventsSent: 1 })).toBe('1,300 logs read, 1 event sent so far');
});

test('one failed run among many is to be looked at, half of them is broken', () => {
  expect([failureTone(0, 9), failureTone(1, 288), failureTone(1, 2), failureTone(1, 1)]).toEqual([
    'plain',
    'warn',
    'bad',
    'bad',
  ]);
});

test('an estimate does not pretend to be exact', () => {
  const estimates = [20_000, 60_000, 1_227_000, 5_000_000, 9_000_000, 200_000_000];
  expect(estimates.map(formatAboutDuration)).toEqual([
    'less than a minute',
    'about 1 minute',
    'about 20 minutes',
    'about 83 minutes',
    'about 3 hours',
    'about 2 days',
  ]);
});

test('durations, distances in time and identifiers are as long as they need to be', () => {
  const durations = [-1, Number.NaN, 0, 940, 12_000, 60_000, 200_000, 7_500_000, 273_600_000];
  expect(durations.map(formatDuration)).toEqual([
    '–',
    '–',
    '0.0 s',
    '0.9 s',
    '12 s',
    '1 min',
    '3 min 20 s',
    '2 h 5 min',
    '3 d 4 h',
  ]);
  const ages = [5_000, 60_000, 7_200_000, 90_000_000].map((age) => formatRelativeTime(NOW - age, NOW, 'en'));
  expect(ages).toEqual(['just now', '1 minute ago', '2 hours ago', 'yesterday']);
  expect(shorten('9002')).toBe('9002');
  expect(shorten('90020261120120000000000000000000000001223372036854775807')).toBe('9002026112012000000000…');
});

test('requests are told by what they were for, the most first, and none of which there were none', () => {
  expect(formatRequests({ token: 1, segment: 4, logs: 1_032, users: 0 })).toBe(
    '1,037: 1,032 for logs, 4 to Segment, 1 for a token',
  );
  expect(formatRequests({})).toBe('0');
});
