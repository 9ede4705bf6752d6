import { expect, test } from 'vitest';
import {
  isPaused,
  noteRun,
  noteTriggers,
  type StreamRun,
  type StreamState,
  silenceOf,
} from '../../../server/log-streams/stream-state';
import { newStream } from '../../support/new-stream';

const INTERVAL_MS = 5_000;
const MINUTE_MS = 60_000;
const START = Date.parse('2025-03-03T12:00:00.000Z');

const trigger = (state: StreamState, highest: string | null, at: number) =>
  noteTriggers(state, { highest, count: 1, at }, INTERVAL_MS);
const run = (state: StreamState, endedAt: number, fields: Partial<StreamRun> = {}) =>
  noteRun(
    state,
    {
      isForStream: true,
      hasFailed: false,
      checkpoint: null,
      hasExported: false,
      startedAt: endedAt,
      endedAt,
      ...fields,
    },
    INTERVAL_MS,
  );

test('the first trigger asks for a run now, those within the interval for one at its end', () => {
  let state = newStream;
  const asked: (number | undefined)[] = [];
  for (const [at, id] of [
    [0, '10'],
    [1, '11'],
    [4_999, '12'],
    [5_000, '13'],
    [5_001, '14'],
  ] as const) {
    const step = trigger(state, id, START + at);
    state = step.state;
    asked.push(step.askAt === undefined ? undefined : step.askAt - START);
  }
  expect(asked).toEqual([0, 5_000, 5_000, 10_000, 10_000]);
  expect(state).toMatchObject({ notedId: '14', triggers: 5, lastTriggerAt: START + 5_001 });
});

test('ten thousand triggers in a minute ask for twelve runs, and one after them', () => {
  let state = newStream;
  const asked = new Set<number>();
  for (let count = 0; count < 10_000; count += 1) {
    const step = trigger(state, String(100_000 + count), START + count * 6);
    state = step.state;
    if (step.askAt !== undefined) asked.add(step.askAt);
  }
  expect(asked.size).toBe(13);
});

test('a lower log than that which was announced takes nothing back, and what was exported asks for nothing', () => {
  const { state } = trigger(newStream, '20', START);
  const lower = trigger(state, '19', START + 1).state;
  expect(lower.notedId).toBe('20');
  const reached = run(lower, START + 1_000, { checkpoint: '20' });
  expect(reached.askAt).toBeUndefined();
  const repeated = trigger(reached.state, '20', START + 20_000);
  expect(repeated).toMatchObject({ askAt: undefined, state: { triggers: 3 } });
  expect(trigger(repeated.state, '21', START + 20_001).askAt).toBe(START + 20_001);
});

test('a run that has not come so far is followed by others after 2, 5 and 15 seconds, and then by none', () => {
  let { state } = trigger(newStream, '20', START);
  const delays: (number | undefined)[] = [];
  let at = START;
  for (let count = 0; count < 4; count += 1) {
    const step = run(state, at, { checkpoint: '19' });
    state = step.state;
    delays.push(step.askAt === undefined ? undefined : step.askAt - at);
    at = step.askAt ?? at;
  }
  expect(delays).toEqual([2_000, 5_000, 15_000, undefined]);
  // Another log begins anew.
  const next = trigger(state, '21', at + MINUTE_MS).state;
  expect(run(next, at + MINUTE_MS, { checkpoint: '19' }).askAt).toBe(at + MINUTE_MS + 2_000);
});

test('a log that somebody made up, higher than any there will be, keeps no real one from being waited for', () => {
  let { state } = trigger(newStream, 'zzzz', START);
  let at = START;
  for (let count = 0; count < 4; count += 1) {
    const step = run(state, at, { checkpoint: '19' });
    state = step.state;
    at = step.askAt ?? at;
  }
  const real = trigger(state, '20', at + MINUTE_MS);
  expect(real.askAt).toBe(at + MINUTE_MS);
  expect(run(real.state, at + MINUTE_MS, { checkpoint: '19' }).askAt).toBe(at + MINUTE_MS + 2_000);
});

test('where a trigger came during the run, it is not followed by one of its own', () => {
  const first = trigger(newStream, '20', START).state;
  const second = trigger(first, '21', START + 500).state;
  const step = run(second, START + 1_000, { checkpoint: '20' });
  expect([step.askAt, step.state.asked]).toEqual([START + 5_000, 0]);
});

test('a run that could not begin beside one that takes long begins when that has ended', () => {
  const first = trigger(newStream, '20', START).state;
  const second = trigger(first, '21', START + 500).state;
  const step = run(second, START + 9_000, { checkpoint: '20', startedAt: START + 10 });
  expect(step).toMatchObject({ askAt: START + 9_000, state: { asked: 0, pullAt: START + 9_000 } });
  // What still is not there then is waited for, as after any run.
  const next = run(step.state, START + 9_200, { checkpoint: '20', startedAt: START + 8_990 });
  expect(next.askAt).toBe(START + 9_200 + 2_000);
});

test('after a run that failed, triggers ask for none for five minutes, unless one succeeds before', () => {
  const first = trigger(newStream, '20', START).state;
  const failed = run(first, START + 1_000, { hasFailed: true, checkpoint: null });
  expect(failed.askAt).toBeUndefined();
  const later = trigger(failed.state, '21', START + 10_000);
  expect(later.askAt).toBe(START + 1_000 + 5 * MINUTE_MS);
  const succeeded = run(later.state, START + 20_000, { isForStream: false, checkpoint: '21' });
  expect(trigger(succeeded.state, '22', START + 40_000).askAt).toBe(START + 40_000);
});

test('a stream that never posted is not paused, even if logs were exported', () => {
  const missed = run(newStream, START, { isForStream: false, hasExported: true, checkpoint: '30' }).state;
  const later = START + 24 * 60 * MINUTE_MS;
  expect(missed.silentSince).toBe(START);
  expect([isPaused(missed, later), silenceOf(missed, later)]).toEqual([false, 0]);
});

test('a stream counts as paused when logs were exported for 15 minutes of which it announced none', () => {
  const announced = trigger(newStream, '20', START).state;
  const idle = run(announced, START + MINUTE_MS, { isForStream: false, checkpoint: '20' }).state;
  expect([isPaused(idle, START + 24 * 60 * MINUTE_MS), silenceOf(idle, START + 24 * 60 * MINUTE_MS)]).toEqual(
    [false, 0],
  );
  const at = START + 60 * MINUTE_MS;
  const missed = run(idle, at, { isForStream: false, hasExported: true, checkpoint: '30' }).state;
  expect([isPaused(missed, at), silenceOf(missed, at)]).toEqual([false, 60 * MINUTE_MS]);
  expect(isPaused(missed, at + 15 * MINUTE_MS)).toBe(true);
  const again = trigger(missed, '31', at + 16 * MINUTE_MS).state;
  expect([isPaused(again, at + 60 * MINUTE_MS), silenceOf(again, at + 60 * MINUTE_MS)]).toEqual([false, 0]);
});
