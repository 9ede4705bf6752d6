import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportLag } from '../../../server/extension/report/export-lag';
import { isOverdue, makeReport } from '../../../server/extension/report/report';
import { parseRunDocument } from '../../../src/storage/run-document';
import type { RunRecord } from '../../../src/storage/run-state';
import { fakeClock } from '../../support/fake-clock';
import { storeOf } from '../../support/stored-document';
import { expectRefusal } from './expect-refusal';
import { openExtension } from './open-extension';

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * MINUTE).toISOString();

/** A run that started some minutes before NOW and ended half a minute later. */
const run = (minutesAgo: number, more: Partial<RunRecord> = {}): RunRecord => ({
  start: at(minutesAgo),
  end: at(minutesAgo - 0.5),
  startCheckpoint: null,
  checkpoint: `9002${minutesAgo}`,
  logsRead: 3,
  logsProcessed: 2,
  batches: 1,
  skipped: 0,
  rejected: [],
  ...more,
});
const failed = { error: { message: 'Segment returned 401.', checkpoint: '90021' } };
const waiting = (minutesAgo: number) => ({ moreToCome: true as const, checkpointDate: at(minutesAgo) });

/** How far a document says that the export is behind, which is told from its two newest records. */
const lagOf = (document: { logs: RunRecord[]; checkpointDate: string | null }) => {
  const { state, logs } = parseRunDocument(document);
  return exportLag(state, logs.slice(-2), NOW);
};
const reportOf = (logs: RunRecord[]) => {
  const clock = fakeClock({ now: NOW });
  return makeReport(
    { store: storeOf({ logs }, clock), tenant: 't', problems: [], startFrom: '', writeKey: '', clock },
    { page: 1, perPage: 10, errorsOnly: false },
  );
};

describe('the distance to real time', () => {
  test('is not known before the first run', () => {
    expect(lagOf({ logs: [], checkpointDate: null })).toEqual({
      lag: null,
      exportedUntil: null,
      trend: 'unknown',
      caughtUpIn: null,
    });
  });

  test('counts from the end of a run that caught up, however old the newest log', () => {
    const lag = lagOf({ logs: [run(6), run(1)], checkpointDate: at(600) });
    expect(lag).toMatchObject({ lag: MINUTE / 2, exportedUntil: at(0.5), trend: 'caught-up' });
  });

  test('counts from the log at the checkpoint while there is more to come, and tells when that ends', () => {
    const logs = [run(10, waiting(100)), run(5, waiting(50))];
    // 50 minutes of logs in 5 minutes: ten times real time, so nine minutes are won in each.
    expect(lagOf({ logs, checkpointDate: at(50) })).toEqual({
      lag: 50 * MINUTE,
      exportedUntil: at(50),
      trend: 'catching-up',
      caughtUpIn: (50 * MINUTE) / 9,
    });
  });

  test('grows where logs come in faster than they are exported', () => {
    const logs = [run(10, waiting(50)), run(5, waiting(48))];
    expect(lagOf({ logs, checkpointDate: at(48) })).toMatchObject({ trend: 'falling-behind' });
  });

  test('resumes from the last complete run, or from the checkpoint if that is newer, after a failure', () => {
    const logs = [run(20), run(10, failed), run(5, failed)];
    expect(lagOf({ logs, checkpointDate: at(300) })).toMatchObject({
      exportedUntil: at(19.5),
      trend: 'stalled',
    });
    expect(lagOf({ logs, checkpointDate: at(7) })).toMatchObject({
      exportedUntil: at(7),
      trend: 'stalled',
    });
  });

  test('is not that of an older run that was complete while there is more to come', () => {
    const logs = [run(20), run(10, waiting(100)), run(5, waiting(60))];
    expect(lagOf({ logs, checkpointDate: at(60) })).toMatchObject({ exportedUntil: at(60) });
  });

  test('is never negative and never a wrong number, whatever is stored', () => {
    const dates = fc.oneof(fc.constant(''), fc.string(), fc.integer({ min: -1e4, max: 1e4 }).map(at));
    const runs = fc
      .record({ start: dates, end: dates, more: fc.boolean(), failed: fc.boolean(), date: dates })
      .map((overrides) =>
        run(1, {
          start: overrides.start,
          end: overrides.end,
          checkpointDate: overrides.date,
          ...(overrides.more && { moreToCome: true as const }),
          ...(overrides.failed && failed),
        }),
      );
    fc.assert(
      fc.property(fc.array(runs), fc.option(dates), (logs, checkpointDate) => {
        const { lag, caughtUpIn } = lagOf({ logs, checkpointDate });
        for (const value of [lag, caughtUpIn]) {
          expect(value === null || (Number.isFinite(value) && value >= 0)).toBe(true);
        }
      }),
    );
  });
});

test('a run is overdue after three of the usual pauses, and never within a quarter of an hour', () => {
  const every = (pause: number, age: number) => [3, 2, 1, 0].map((place) => run(age + place * pause));
  expect(isOverdue([], NOW)).toBe(false);
  expect(isOverdue(every(1, 14), NOW)).toBe(false);
  expect(isOverdue(every(1, 16), NOW)).toBe(true);
  expect(isOverdue(every(60, 170), NOW)).toBe(false);
  expect(isOverdue(every(60, 190), NOW)).toBe(true);
});

describe('runs that were folded into one record', () => {
  /** A day of runs, one each minute until some minutes ago, that found nothing. */
  const folded = (minutesAgo: number, runs = 1_440) =>
    run(minutesAgo + runs - 1, {
      runs,
      lastStart: at(minutesAgo),
      end: at(minutesAgo - 0.5),
      logsProcessed: 0,
      batches: 0,
    });

  test('are overdue by the last of them, after three of the pauses between them', () => {
    expect(isOverdue([folded(14)], NOW)).toBe(false);
    expect(isOverdue([folded(16)], NOW)).toBe(true);
    const hourly = run(190 + 23 * 60, { runs: 24, lastStart: at(190), end: at(189.5) });
    expect(isOverdue([hourly], NOW)).toBe(true);
    expect(isOverdue([{ ...hourly, lastStart: at(170) }], NOW)).toBe(false);
    // Without the start of the last, as another version may leave it.
    const { lastStart: _, ...bare } = folded(3);
    expect(isOverdue([bare], NOW)).toBe(false);
  });

  test('leave the export as far behind as the last of them', () => {
    const lag = lagOf({ logs: [run(2_000), folded(1)], checkpointDate: at(600) });
    expect(lag).toMatchObject({ lag: MINUTE / 2, exportedUntil: at(0.5), trend: 'caught-up' });
  });

  test('count as many in the last 24 hours as started in them', async () => {
    const logs = [folded(1_440, 1_000), run(900, failed), folded(1, 600)];
    const { day, runs, lastRun, chart, total } = await reportOf(logs);
    expect(day).toMatchObject({ runs: 601, failed: 1 });
    expect(total).toBe(3);
    expect(runs.map((one) => one.runs)).toEqual([600, undefined, 1_000]);
    expect(lastRun).toMatchObject({ runs: 600, lastStart: at(1) });
    expect(chart.map((one) => one.runs)).toEqual([1_000, 1, 600]);
    const half = await reportOf([folded(720)]);
    // As if they had come evenly, to the nearest run.
    expect(Math.abs(half.day.runs - 720)).toBeLessThanOrEqual(1);
  });
});

describe('GET /api/report', () => {
  const logs = Array.from({ length: 45 }, (_, place) => run(45 - place, place % 9 === 0 ? failed : {}));
  const ask = async (query: string, state: object = { checkpointId: '9002', logs }) => {
    const extension = await openExtension({ state });
    const headers = { cookie: await extension.signIn() };
    return { extension, answer: await extension.send({ path: `/api/report${query}`, headers }) };
  };

  test('answers the newest runs first, a page at a time', async () => {
    const first = JSON.parse((await ask('')).answer.body);
    expect(first).toMatchObject({ total: 45, page: 1, perPage: 20, tenant: 'tenant.eu.auth0.com' });
    expect(first.runs.map(({ start }: RunRecord) => start)).toEqual(
      logs
        .toReversed()
        .slice(0, 20)
        .map(({ start }) => start),
    );
    expect(first.lastRun).toEqual(logs.at(-1));
    const third = JSON.parse((await ask('?page=3&per_page=20')).answer.body);
    expect(third.runs).toHaveLength(5);
    expect(third.lastRun).toEqual(logs.at(-1));
    expect(JSON.parse((await ask('?page=1000000&per_page=100')).answer.body)).toMatchObject({
      runs: [],
      total: 45,
    });
  });

  test('leaves out what did not fail where it is asked to', async () => {
    const { runs, total } = JSON.parse((await ask('?filter=errors&per_page=2')).answer.body);
    expect(total).toBe(5);
    expect(runs).toHaveLength(2);
    expect(runs.every((one: RunRecord) => one.error)).toBe(true);
  });

  test.each([
    ['page=0', 'page is "0"'],
    ['page=-1', 'page is "-1"'],
    ['page=1.5', 'page is "1.5"'],
    ['page=1e3', 'page is "1e3"'],
    ['page=', 'page is ""'],
    ['page=99999999', 'page is "99999999"'],
    ['page=1&page=2', 'page is given 2 times'],
    ['page[]=1&per_page[a]=1&per_page=0', 'per_page is "0"'],
    ['per_page=101', 'per_page is "101"'],
    ['per_page=ten', 'per_page is "ten"'],
    ['filter=failed', 'filter is "failed"'],
    ['filter=', 'filter is ""'],
    [`filter=${'x'.repeat(500)}`, `filter is "${'x'.repeat(40)}…"`],
    ['page=x&per_page=y&filter=z', 'filter is "z"'],
  ])('refuses ?%s and says: %s', async (query, words) => {
    const { extension, answer } = await ask(`?${query}`);
    expectRefusal(extension, answer, 400, 'invalid_query');
    expect(JSON.parse(answer.body).message).toContain(words);
  });

  test('shows what Auth0’s own extension stored, but for what it should not have', async () => {
    const theirs = {
      start: at(5),
      end: at(4),
      logsProcessed: 3,
      error: [{ message: 'connect failed with segment-write-key-Tg5Xo9' }],
      logs_access_token: 'secret',
      settings: { SEGMENT_KEY: 'segment-write-key-Tg5Xo9' },
    };
    const { answer } = await ask('', {
      checkpointId: '9002',
      logs_access_token: 'eyJhbGciOi.eyJz.c2ln',
      logs: [theirs],
    });
    expect(answer.status).toBe(200);
    expect(answer.body).not.toMatch(/Tg5Xo9|access_token|eyJ/);
    expect(JSON.parse(answer.body).lastRun.error.message).toBe('connect failed with [redacted]');
  });

  test('tells of the run that is under way, and of one that was cut off', async () => {
    const lease = (minutes: number) => ({
      owner: 'owner-id',
      startedAt: at(1),
      expiresAt: new Date(Date.now() + minutes * MINUTE).toISOString(),
      progress: run(1, { logsRead: 90, events: { 'Success Login': 77 } }),
    });
    for (const [minutes, alive] of [
      [1, true],
      [-1, false],
    ] as const) {
      const { answer } = await ask('', { logs: [run(2)], lease: lease(minutes) });
      expect(JSON.parse(answer.body).running).toEqual({
        startedAt: at(1),
        alive,
        logsRead: 90,
        eventsSent: 77,
      });
      expect(JSON.parse(answer.body).trend === 'stalled').toBe(!alive);
      expect(answer.body).not.toContain('owner-id');
    }
  });

  test('names what in the settings makes every run fail', async () => {
    const extension = await openExtension({ secrets: { BATCH_SIZE: 'many' } });
    const { body } = await extension.send({
      path: '/api/report',
      headers: { cookie: await extension.signIn() },
    });
    expect(JSON.parse(body).problems).toEqual([expect.stringContaining('BATCH_SIZE is "many"')]);
  });

  test('tells a rejected call that a replay has come past from one that still waits for a replay', async () => {
    const refused = (logId: string) => ({ logId, call: 'track', reason: 'Refused.' });
    const rejecting = run(50, {
      checkpoint: '900',
      rejected: [refused('300'), refused('800')],
    } as Partial<RunRecord>);
    const replayed = async (...since: RunRecord[]) => {
      const report = JSON.parse((await ask('', { logs: [rejecting, ...since] })).answer.body);
      return report.rejected.map(({ isReplayed = false }) => isReplayed);
    };
    const replay = (minutesAgo: number, more: Partial<RunRecord>) =>
      run(minutesAgo, { startedFrom: '500', checkpoint: '900', ...more });
    expect(await replayed()).toEqual([false, false]);
    expect(await replayed(run(40, { checkpoint: '950' }))).toEqual([false, false]);
    expect(await replayed(replay(40, {}))).toEqual([false, true]);
    // One that has not come so far yet, or has failed before it sent anything; the run after it goes on.
    expect(await replayed(replay(40, { checkpoint: '700' }))).toEqual([false, false]);
    expect(await replayed(replay(40, { ...failed, batches: 0 }))).toEqual([false, false]);
    expect(await replayed(replay(40, { checkpoint: '700' }), run(35, { checkpoint: '900' }))).toEqual([
      false,
      true,
    ]);
    // What was rejected after the replay still waits.
    expect(await replayed(replay(60, {}))).toEqual([false, false]);
  });

  test('stays fit to send with a full history, rejected calls and all', async () => {
    const rejected = Array.from({ length: 50 }, (_, place) => ({
      logId: `${place}`,
      call: 'track',
      reason: 'Refused.',
    }));
    const many = Array.from({ length: 500 }, (_, place) =>
      run(500 - place, { rejected } as Partial<RunRecord>),
    );
    const report = JSON.parse((await ask('?per_page=10', { logs: many })).answer.body);
    expect(report.rejected).toHaveLength(25);
    expect(report.chart).toHaveLength(144);
  });
});
