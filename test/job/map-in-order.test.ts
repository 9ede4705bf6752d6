import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mapInOrder } from '../../src/job/export-batches';

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

/** Counts from 0, and notes how far it was asked and whether it was told to end. */
function counting(count: number, failsAt?: number) {
  const seen = { asked: 0, ended: false };
  async function* source() {
    try {
      for (let item = 0; item < count; item += 1) {
        if (item === failsAt) throw new Error('the source failed');
        seen.asked += 1;
        yield item;
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, source: source() };
}

/** Work whose end the test decides. */
function openWork() {
  const begun: number[] = [];
  const ends = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const work = (item: number) => {
    begun.push(item);
    return new Promise<number>((resolve, reject) => {
      ends.set(item, { resolve: () => resolve(item * 10), reject });
    });
  };
  return {
    begun,
    work,
    end: (item: number) => ends.get(item)?.resolve(),
    fail: (item: number) => ends.get(item)?.reject(new Error(`${item} failed`)),
  };
}

async function all<T>(results: AsyncIterable<T>): Promise<{ taken: T[]; error?: unknown }> {
  const taken: T[] = [];
  try {
    for await (const result of results) taken.push(result);
    return { taken };
  } catch (error) {
    return { taken, error };
  }
}

describe('the order', () => {
  test('of the results is that of the items, whatever ends first', async () => {
    const { begun, work, end } = openWork();
    const taking = all(mapInOrder(counting(3).source, 3, work));
    await settle();
    expect(begun).toEqual([0, 1, 2]);
    for (const item of [2, 0, 1]) {
      end(item);
      await settle();
    }
    expect(await taking).toEqual({ taken: [0, 10, 20] });
  });

  test('holds for any source, limit and pace', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 4 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat({ max: 3 }),
        async (paces, limit, takerPace) => {
          let atOnce = 0;
          let most = 0;
          async function* source() {
            yield* paces.entries();
          }
          const results = mapInOrder(source(), limit, async ([index, pace]) => {
            atOnce += 1;
            most = Math.max(most, atOnce);
            for (let turns = 0; turns < pace; turns += 1) await turn();
            atOnce -= 1;
            return index;
          });
          const taken: number[] = [];
          for await (const result of results) {
            taken.push(result);
            for (let turns = 0; turns < takerPace; turns += 1) await turn();
          }
          expect(taken).toEqual([...paces.keys()]);
          expect(most).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('of nothing is nothing', async () => {
    expect(await all(mapInOrder(counting(0).source, 4, openWork().work))).toEqual({ taken: [] });
  });
});

describe('the bound', () => {
  test.each([1, 2, 4])('no more than %i items are begun and not yet taken', async (limit) => {
    const { begun, work, end } = openWork();
    const { seen, source } = counting(1_000_000);
    const results = mapInOrder(source, limit, work);
    const first = results.next();
    await settle();
    expect(begun).toHaveLength(limit);
    expect(seen.asked).toBe(limit);
    end(0);
    await expect(first).resolves.toEqual({ done: false, value: 0 });
    await settle();
    expect(begun).toHaveLength(limit + 1);
    await results.return(undefined);
  });

  test('results that are done and not taken count too: a slow taker holds the reading up', async () => {
    const { seen, source } = counting(100);
    const results = mapInOrder(source, 3, async (item) => item);
    await results.next();
    await settle();
    expect(seen.asked).toBeLessThanOrEqual(4);
    await results.return(undefined);
  });

  test('the next items are read while the first is worked on', async () => {
    const { begun, work, end } = openWork();
    const taking = all(mapInOrder(counting(4).source, 4, work));
    await settle();
    expect(begun).toEqual([0, 1, 2, 3]);
    for (const item of begun) end(item);
    expect(await taking).toEqual({ taken: [0, 10, 20, 30] });
  });
});

describe('a failure', () => {
  test('of the source comes after the results of everything before it', async () => {
    const { work, end } = openWork();
    const taking = all(mapInOrder(counting(5, 2).source, 4, work));
    await settle();
    end(1);
    await settle();
    end(0);
    expect(await taking).toMatchObject({ taken: [0, 10], error: { message: 'the source failed' } });
  });

  test('of the source at its first item comes at once', async () => {
    expect(await all(mapInOrder(counting(5, 0).source, 4, openWork().work))).toMatchObject({
      taken: [],
      error: { message: 'the source failed' },
    });
  });

  test('of the work comes in the place of its item, and the rest is given up', async () => {
    const { begun, work, end, fail } = openWork();
    const { seen, source } = counting(100);
    const taking = all(mapInOrder(source, 3, work));
    await settle();
    fail(1);
    end(2);
    await settle();
    end(0);
    expect(await taking).toMatchObject({ taken: [0], error: { message: '1 failed' } });
    await settle();
    expect(begun.length).toBeLessThanOrEqual(4);
    expect(seen.ended).toBe(true);
  });

  test('of work that nobody waits for any more disturbs nothing', async () => {
    const { work, end, fail } = openWork();
    const results = mapInOrder(counting(3).source, 3, work);
    const first = results.next();
    await settle();
    end(0);
    await first;
    await results.return(undefined);
    // Vitest fails a test run with an unhandled rejection.
    fail(1);
    fail(2);
    await settle();
  });
});

test('a taker that stops early ends the source, and no further item is begun', async () => {
  const { seen, source } = counting(1_000);
  const begun: number[] = [];
  for await (const result of mapInOrder(source, 3, async (item) => {
    begun.push(item);
    return item;
  })) {
    if (result === 4) break;
  }
  await settle();
  const reached = begun.length;
  expect(reached).toBeLessThanOrEqual(8);
  expect(seen.ended).toBe(true);
  await settle();
  expect(begun).toHaveLength(reached);
});
