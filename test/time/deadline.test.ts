import { describe, expect, test } from 'vitest';
import { createDeadline } from '../../src/time';
import { fakeClock } from '../support/fake-clock';

/** A deadline of a run that has `left` milliseconds left. */
async function deadlineWith(left: number, stop?: AbortSignal) {
  const clock = fakeClock();
  const deadline = createDeadline({ clock, budgetMs: 22_000, stop });
  await clock.advance(22_000 - left);
  return { clock, deadline };
}

describe('what is left of a run', () => {
  test.each([
    [22_000, 22_000],
    [1, 1],
    [0, 0],
    [-5_000, 0],
  ])('with %i ms to go it is %i ms', async (left, remaining) => {
    const { deadline } = await deadlineWith(left);
    expect(deadline.remaining()).toBe(remaining);
  });
});

test.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])('a time of day that is set %s neither ends a run nor prolongs it', async (_direction, ms) => {
  const { clock, deadline } = await deadlineWith(20_000);
  clock.set(ms);
  expect(deadline.remaining()).toBe(20_000);
  expect(deadline.requestTimeout()).toBe(10_000);
  await clock.advance(20_000);
  expect(deadline.remaining()).toBe(0);
});

describe('what a request may take', () => {
  test.each([
    ['no more than 10 s, however much time there is', 22_000, 10_000],
    ['up to the wrap-up time', 12_000, 10_000],
    ['up to the wrap-up time', 11_999, 9_999],
    ['up to the wrap-up time', 5_000, 3_000],
    ['a second inside the wrap-up time, which a healthy peer needs less of', 3_000, 1_000],
    ['a second inside the wrap-up time', 1_500, 1_000],
    ['what the last write leaves', 1_499, 999],
    ['what the last write leaves', 600, 100],
    ['nothing once only the last write fits', 500, 0],
    ['nothing when the time is up', 0, 0],
    ['nothing long after the time is up', -60_000, 0],
  ])('is %s (%i ms left: %i ms)', async (_why, left, timeout) => {
    const { deadline } = await deadlineWith(left);
    expect(deadline.requestTimeout()).toBe(timeout);
  });

  test('never ends later than the run less its last write', async () => {
    for (let left = 22_000; left >= 0; left -= 137) {
      const { deadline } = await deadlineWith(left);
      expect(deadline.requestTimeout()).toBeLessThanOrEqual(Math.max(0, left - 500));
    }
  });
});

describe('whether a wait fits', () => {
  test.each([
    [22_000, 20_000, true],
    [22_000, 20_001, false],
    [2_000, 0, true],
    [1_999, 0, false],
    [0, 0, false],
    [22_000, Number.POSITIVE_INFINITY, false],
  ])('with %i ms left, one of %d ms: %s', async (left, ms, fits) => {
    const { deadline } = await deadlineWith(left);
    expect(deadline.hasTimeFor(ms)).toBe(fits);
  });
});

describe('whether another request may begin', () => {
  test('it may until only the time is left that finishing takes', async () => {
    expect((await deadlineWith(600)).deadline.allowsRequestIn(0)).toBe(true);
    expect((await deadlineWith(599)).deadline.allowsRequestIn(0)).toBe(false);
    expect((await deadlineWith(1_600)).deadline.allowsRequestIn(1_000)).toBe(true);
    expect((await deadlineWith(1_599)).deadline.allowsRequestIn(1_000)).toBe(false);
  });

  test('a run too short for that keeps a third of its time', () => {
    const deadline = createDeadline({ clock: fakeClock(), budgetMs: 1_200 });
    expect(deadline.allowsRequestIn(800)).toBe(true);
    expect(deadline.allowsRequestIn(801)).toBe(false);
  });
});

describe('a host that wants to stop', () => {
  test('leaves the run eight seconds, and no request for more logs', async () => {
    const host = new AbortController();
    const { clock, deadline } = await deadlineWith(20_000, host.signal);
    expect(deadline.allowsRequestIn(0)).toBe(true);
    host.abort();
    expect(deadline.remaining()).toBe(8_000);
    expect(deadline.requestTimeout()).toBe(6_000);
    expect(deadline.allowsRequestIn(0)).toBe(false);
    await clock.advance(3_000);
    expect(deadline.remaining()).toBe(5_000);
  });

  test('does not lengthen a run that has less than that left', async () => {
    const host = new AbortController();
    const { deadline } = await deadlineWith(3_000, host.signal);
    host.abort();
    expect(deadline.remaining()).toBe(3_000);
  });

  test('gives up after six seconds what the run waits for, and says why', async () => {
    const host = new AbortController();
    const { clock, deadline } = await deadlineWith(20_000, host.signal);
    const waiting = expect(deadline.sleep(15_000)).rejects.toMatchObject({
      code: 'out_of_time',
      message: expect.stringContaining('asked to stop'),
    });
    host.abort();
    await clock.advance(5_999);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.aborted).toBe(true);
    await waiting;
    expect(deadline.remaining()).toBe(2_000);
    expect(clock.pending).toBe(0);
  });

  test('may have said so before the run began', () => {
    const deadline = createDeadline({ clock: fakeClock(), budgetMs: 22_000, stop: AbortSignal.abort() });
    expect(deadline.remaining()).toBe(8_000);
    expect(deadline.allowsRequestIn(0)).toBe(false);
  });
});

describe('giving a run up', () => {
  test('ends its waits and fires its signal', async () => {
    const clock = fakeClock();
    const deadline = createDeadline({ clock, budgetMs: 22_000 });
    const waiting = expect(deadline.sleep(1_000)).rejects.toMatchObject({ name: 'AbortError' });
    expect(deadline.signal.aborted).toBe(false);
    deadline.abort();
    await waiting;
    expect(deadline.signal.aborted).toBe(true);
    expect(clock.pending).toBe(0);
    await expect(deadline.sleep(1)).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('leaves its record and report only the time that a stop leaves', () => {
    const host = new AbortController();
    const deadline = createDeadline({ clock: fakeClock(), budgetMs: 22_000, stop: host.signal });
    deadline.abort();
    host.abort();
    expect(deadline.remaining()).toBe(8_000);
  });

  test('with its record and report stops listening to the host', () => {
    const host = new AbortController();
    const deadline = createDeadline({ clock: fakeClock(), budgetMs: 22_000, stop: host.signal });
    deadline.end();
    host.abort();
    expect(deadline.remaining()).toBe(22_000);
    expect(deadline.signal.aborted).toBe(true);
  });

  test('is not needed for a wait to end by itself', async () => {
    const clock = fakeClock();
    const deadline = createDeadline({ clock, budgetMs: 22_000 });
    const waiting = deadline.sleep(1_000);
    await clock.advance(1_000);
    await expect(waiting).resolves.toBeUndefined();
    expect(deadline.remaining()).toBe(21_000);
  });
});
