import { describe, expect, test } from 'vitest';
import { parseRunDocument } from '../../src/storage/run-document';
import { addRun, lastStartOf, runsIn } from '../../src/storage/run-history';
import type { RunRecord } from '../../src/storage/run-state';
import { makeRecord } from '../support/make-record';

const MIDNIGHT = Date.parse('2026-03-01T00:00:00Z');

/** A run that starts some minutes after midnight and finds nothing to export. */
const at = (minute: number, more: Partial<RunRecord> = {}): RunRecord =>
  makeRecord({
    start: new Date(MIDNIGHT + minute * 60_000).toISOString(),
    end: new Date(MIDNIGHT + minute * 60_000 + 2_000).toISOString(),
    ...more,
  });

const history = (runs: readonly RunRecord[]) => runs.reduce<RunRecord[]>(addRun, []);

test('a day of runs that find nothing is one record: how many, from when to when, what they read', () => {
  const runs = Array.from({ length: 288 }, (_, place) =>
    at(place * 5, {
      logsRead: 1,
      startCheckpoint: `${9_000 + place}`,
      checkpoint: `${9_001 + place}`,
      checkpointDate: at(place * 5).start,
      requests: { logs: 1, token: place % 2 },
      users: 0,
      events: {},
    }),
  );
  expect(history(runs)).toEqual([
    makeRecord({
      runs: 288,
      start: '2026-03-01T00:00:00.000Z',
      lastStart: '2026-03-01T23:55:00.000Z',
      end: '2026-03-01T23:55:02.000Z',
      logsRead: 288,
      startCheckpoint: '9000',
      checkpoint: '9288',
      checkpointDate: '2026-03-01T23:55:00.000Z',
      requests: { logs: 288, token: 144 },
      users: 0,
      events: {},
    }),
  ]);
});

describe('a run keeps a record of its own', () => {
  const rejected = [{ logId: '9', call: 'track' as const, reason: 'r' }];
  test.each<[string, Partial<RunRecord>]>([
    ['when it exported something', { logsProcessed: 1, batches: 1 }],
    ['when it failed', { error: { message: 'It broke.', checkpoint: null } }],
    ['when calls were rejected', { rejected }],
    ['when it left something for the next one', { moreToCome: true }],
    ['when it warned of something that the ones before did not', { warning: 'A gap.' }],
  ])('%s', (_when, more) => {
    const runs = [at(0), at(5), at(10, more), at(15), at(20)];
    expect(history(runs).map(runsIn)).toEqual([2, 1, 2]);
    expect(history(runs)[1]).toEqual(runs[2]);
  });

  test('when the one before started on another day in UTC', () => {
    expect(history([at(-10), at(-5), at(0), at(5)]).map(runsIn)).toEqual([2, 2]);
  });

  test('when its start is no moment', () => {
    expect(history([at(0, { start: 'x' }), at(5, { start: 'x' })])).toHaveLength(2);
  });
});

test('a warning that every run has does not fill the history', () => {
  const warning = 'BATCH_SIZE is "250", more than the maximum of 100: 100 is used.';
  expect(history([at(0, { warning }), at(5, { warning }), at(10, { warning })])).toMatchObject([
    { runs: 3, warning },
  ]);
});

test('a failure is still there after a month of runs every minute that find nothing', () => {
  const failure = at(-5, { error: { message: 'It broke.', checkpoint: '9001' } });
  const runs = Array.from({ length: 30 * 1_440 }, (_, minute) => at(minute));
  const logs = history([failure, ...runs]);
  expect(logs).toHaveLength(31);
  expect(logs[0]).toEqual(failure);
});

describe('what other versions left', () => {
  test('records of Auth0’s own extension and of versions that did not fold are read and folded on', () => {
    const former = { start: at(0).start, end: at(0).end, logsProcessed: 0, checkpoint: '9000' };
    const { logs } = parseRunDocument({ logs: [former] });
    expect(addRun(logs, at(5, { checkpoint: '9001' }))).toMatchObject([
      { start: at(0).start, lastStart: at(5).start, end: at(5).end, runs: 2, checkpoint: '9001' },
    ]);
  });

  test.each([0, -1, 1.5, '288', null])('a count of %j counts as one run', (runs) => {
    const [record] = parseRunDocument({ logs: [{ start: at(0).start, runs, lastStart: 7 }] }).logs;
    expect(record && [runsIn(record), lastStartOf(record)]).toEqual([1, at(0).start]);
  });

  test('a folded record without the start of its last run is as recent as its end', () => {
    expect(lastStartOf(at(0, { runs: 3, end: at(10).end }))).toBe(at(10).end);
  });

  test('fields that a newer version adds to a record are kept', () => {
    const newer = { ...at(5), colour: 'blue' };
    expect(addRun([at(0)], newer)[0]).toMatchObject({ runs: 2, colour: 'blue' });
  });
});

test('a run that started at START_FROM keeps a record of its own', () => {
  expect(
    history([at(0), at(5, { startedFrom: '900' }), at(10), at(15)]).map((run) => [
      runsIn(run),
      run.startedFrom,
    ]),
  ).toEqual([
    [1, undefined],
    [1, '900'],
    [2, undefined],
  ]);
});

test('a run that first acts on other settings has a record of its own', () => {
  const changed = [{ name: 'EVENT_NAMES', from: '', to: 'Segment' }];
  expect(
    history([at(0), at(5, { changed }), at(10), at(15)]).map((run) => [runsIn(run), run.changed]),
  ).toEqual([
    [1, undefined],
    [1, changed],
    [2, undefined],
  ]);
});
