import { expect, onTestFinished, test } from 'vitest';
import { startScheduler } from '../../../server/runs/scheduler';
import { fakeClock, settle } from '../../support/fake-clock';

const EVERY_MS = 300_000;

function open(first: number) {
  const clock = fakeClock({ now: 0 });
  const runs: { due: number; at: number; isMissed: boolean }[] = [];
  const errors: unknown[] = [];
  const state: { next: number | undefined; fails: boolean } = { next: first, fails: false };
  const scheduler = startScheduler({
    clock,
    nextDue: () => state.next,
    onDue: async (due, isMissed) => {
      if (state.fails) throw new Error('disk full');
      runs.push({ due, at: clock.now(), isMissed });
      state.next = Math.floor(clock.now() / EVERY_MS + 1) * EVERY_MS;
    },
    onSetBack: async () => {
      if (state.fails) throw new Error('disk full');
      state.next = Math.floor(clock.now() / EVERY_MS + 1) * EVERY_MS;
    },
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => scheduler.stop());
  return { clock, runs, errors, state, scheduler };
}

test('runs what is due, when it is due', async () => {
  const { clock, runs } = open(EVERY_MS);
  await clock.advance(EVERY_MS - 1);
  expect(runs).toEqual([]);
  await clock.advance(1);
  await clock.advance(EVERY_MS);
  expect(runs).toEqual([
    { due: EVERY_MS, at: EVERY_MS, isMissed: false },
    { due: 2 * EVERY_MS, at: 2 * EVERY_MS, isMissed: false },
  ]);
});

test('what was missed while nobody was there is made up once', async () => {
  const { clock, runs } = open(-7 * EVERY_MS);
  await settle();
  expect(runs).toEqual([{ due: -7 * EVERY_MS, at: 0, isMissed: true }]);
  await clock.advance(EVERY_MS);
  expect(runs).toHaveLength(2);
});

test('a change is seen at once', async () => {
  const { clock, runs, state, scheduler } = open(EVERY_MS);
  await clock.advance(10_000);
  state.next = 11_000;
  scheduler.wake();
  await clock.advance(1_000);
  expect(runs).toMatchObject([{ due: 11_000 }]);
});

const HOURS_MS = 3 * 3_600_000;

test('a time of day that is set back by hours does not silence it: the next run comes within the interval', async () => {
  const { clock, runs } = open(EVERY_MS);
  await clock.advance(EVERY_MS);
  clock.set(-HOURS_MS);
  await clock.advance(EVERY_MS);
  expect(runs).toHaveLength(2);
  await clock.advance(10 * EVERY_MS);
  expect(runs).toHaveLength(12);
});

test('a time of day that is set forward by hours is made up for by one run, not by all that it left out', async () => {
  const { clock, runs } = open(EVERY_MS);
  await clock.advance(EVERY_MS);
  clock.set(HOURS_MS);
  await clock.advance(15_000);
  expect(runs).toHaveLength(2);
  expect(runs[1]).toMatchObject({ due: 2 * EVERY_MS, isMissed: true });
  await clock.advance(10 * EVERY_MS);
  expect(runs).toHaveLength(12);
});

test('a time of day that is set forward by mistake, and back again, does not silence it', async () => {
  const { clock, runs } = open(EVERY_MS);
  clock.set(HOURS_MS);
  await clock.advance(60_000);
  clock.set(-HOURS_MS);
  await clock.advance(EVERY_MS);
  expect(runs).toHaveLength(2);
});

test('a correction by a second, or slowly by more, runs nothing twice', async () => {
  const { clock, runs } = open(EVERY_MS);
  await clock.advance(EVERY_MS);
  for (let corrected = 0; corrected < 40; corrected += 1) {
    clock.set(-1_000);
    await clock.advance(15_000);
  }
  expect(runs.map(({ due }) => due)).toEqual([EVERY_MS, 2 * EVERY_MS]);
});

test('a time of day that is set back is noticed again where the next run could not be stored', async () => {
  const { clock, runs, state, errors } = open(EVERY_MS + HOURS_MS);
  await settle();
  state.fails = true;
  clock.set(-HOURS_MS);
  await clock.advance(20_000);
  expect(errors.length).toBeGreaterThanOrEqual(1);
  state.fails = false;
  await clock.advance(2 * EVERY_MS);
  expect(runs.length).toBeGreaterThanOrEqual(1);
});

test('nothing runs while nothing is due, nor after the end', async () => {
  const { clock, runs, state, scheduler } = open(EVERY_MS);
  state.next = undefined;
  scheduler.wake();
  await clock.advance(3 * EVERY_MS);
  expect(runs).toEqual([]);
  state.next = clock.now();
  scheduler.stop();
  await clock.advance(EVERY_MS);
  expect(runs).toEqual([]);
});

test('what fails is said and tried again', async () => {
  const { clock, runs, errors, state } = open(1_000);
  state.fails = true;
  await clock.advance(2_000);
  expect(errors).toHaveLength(1);
  state.fails = false;
  await clock.advance(15_000);
  expect(runs).toHaveLength(1);
});
