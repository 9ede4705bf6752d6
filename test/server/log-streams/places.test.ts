import { expect, test } from 'vitest';
import { createPlaces } from '../../../server/log-streams/places';

/** Work that ends when it is told to. */
function openWork() {
  const ends: (() => void)[] = [];
  const begun: string[] = [];
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => {
      ends.push(() => resolve(name));
    });
  };
  return { begun, work, end: (place: number) => ends[place]?.() };
}

test('one alone gets no more than its share, while others go on without waiting for it', async () => {
  const places = createPlaces(4, 2, 10);
  const { begun, work, end } = openWork();
  const first = places.take('slow', work('slow 1'));
  for (const name of ['slow 2', 'slow 3']) places.take('slow', work(name));
  places.take('acme', work('acme 1'));
  expect(begun).toEqual(['slow 1', 'slow 2', 'acme 1']);
  end(0);
  expect(await first).toBe('slow 1');
  await Promise.resolve();
  expect(begun).toEqual(['slow 1', 'slow 2', 'acme 1', 'slow 3']);
});

test('who comes when too many wait is sent away, and a place that failed is free again', async () => {
  const places = createPlaces(1, 1, 1);
  const { begun, work, end } = openWork();
  const failed = places.take('acme', () => Promise.reject(new Error('cut off')));
  const waited = places.take('acme', work('waited'));
  expect(await places.take('acme', work('sent away'))).toBeUndefined();
  await expect(failed).rejects.toThrow('cut off');
  end(0);
  expect([await waited, begun]).toEqual(['waited', ['waited']]);
});
