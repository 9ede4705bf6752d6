import { expect, test } from 'vitest';
import { systemClock } from '../../src/time';

test('the machine’s clock tells its time', () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test('the machine’s monotonic clock only goes forward', () => {
  const before = systemClock.monotonic();
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
});

test('a wait ends by itself, or when it is given up', async () => {
  await expect(systemClock.sleep(1)).resolves.toBeUndefined();
  const abort = new AbortController();
  const waiting = systemClock.sleep(60_000, abort.signal);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
