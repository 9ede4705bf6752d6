import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Log, LogPage } from '../../src/auth0/logs';
import { defaultSelection } from '../../src/choices/shape';
import { type Batch, toBatches } from '../../src/job/batches';

const SELECTED = ['s', 'ss', 'f'];
const OTHERS = ['fp', 'fu', 'slo', 'sapi', ''];

const log = (position: number, type: string): Log => ({
  id: String(position).padStart(6, '0'),
  type,
  date: new Date(Date.UTC(2026, 0, 1) + position * 1_000).toISOString(),
  userId: `auth0|${position}`,
});

/** Logs of these types, in pages of a size. */
function pagesOf(types: readonly string[], pageSize = 100): LogPage[] {
  const logs = types.map((type, position) => log(position, type));
  const pages: LogPage[] = [];
  for (let start = 0; start < logs.length; start += pageSize) {
    pages.push({ logs: logs.slice(start, start + pageSize), unidentified: 0, next: undefined });
  }
  return pages;
}

async function* reading(pages: readonly LogPage[], failure?: Error): AsyncGenerator<LogPage> {
  yield* pages;
  if (failure) throw failure;
}

async function batchesOf(pages: readonly LogPage[], size: number, failure?: Error) {
  const batches: Batch[] = [];
  try {
    for await (const batch of toBatches(reading(pages, failure), size, defaultSelection)) batches.push(batch);
    return { batches };
  } catch (error) {
    return { batches, error };
  }
}

const sizesOf = (batches: readonly Batch[]) =>
  batches.map(({ logs }) => logs.length).filter((size) => size > 0);
const types = fc.array(fc.constantFrom(...SELECTED, ...OTHERS), { maxLength: 400 });
const batchSize = fc.integer({ min: 1, max: 100 });
const pageSize = fc.integer({ min: 1, max: 100 });

describe('how many', () => {
  test.each([
    [0, 100, []],
    [1, 100, [1]],
    [99, 100, [99]],
    [100, 100, [100]],
    [101, 100, [100, 1]],
    [250, 100, [100, 100, 50]],
    [7, 3, [3, 3, 1]],
    [3, 1, [1, 1, 1]],
  ])('%i selected logs in batches of %i: %j', async (count, size, sizes) => {
    const { batches } = await batchesOf(pagesOf(Array(count).fill('s')), size);
    expect(sizesOf(batches)).toEqual(sizes);
  });

  test('n selected logs make ceil(n / size) batches, each but the last full, wherever pages end', async () => {
    await fc.assert(
      fc.asyncProperty(types, batchSize, pageSize, async (all, size, perPage) => {
        const { batches } = await batchesOf(pagesOf(all, perPage), size);
        const count = all.filter((type) => SELECTED.includes(type)).length;
        const sizes = sizesOf(batches);
        expect(sizes).toHaveLength(Math.ceil(count / size));
        for (const full of sizes.slice(0, -1)) expect(full).toBe(size);
      }),
    );
  });

  test('each selected log is in one batch, in order; no other is in any', async () => {
    await fc.assert(
      fc.asyncProperty(types, batchSize, pageSize, async (all, size, perPage) => {
        const pages = pagesOf(all, perPage);
        const { batches } = await batchesOf(pages, size);
        const selected = pages.flatMap(({ logs }) => logs).filter(({ type }) => SELECTED.includes(type));
        expect(batches.flatMap(({ logs }) => logs)).toEqual(selected);
      }),
    );
  });

  test('a log that cannot be read is in a batch: it is to be recorded', async () => {
    const unreadable = { ...log(0, ''), unreadable: 'The log cannot be understood.' };
    const { batches } = await batchesOf([{ logs: [unreadable], unidentified: 0, next: undefined }], 100);
    expect(batches).toEqual([
      { logs: [unreadable], checkpoint: unreadable.id, checkpointDate: unreadable.date },
    ]);
  });
});

describe('the checkpoint', () => {
  test('of a full batch is its last log, where a selected log is left after it', async () => {
    const { batches } = await batchesOf(pagesOf(['s', 's', 's']), 2);
    expect(batches.map(({ checkpoint }) => checkpoint)).toEqual(['000001', '000002']);
  });

  test('goes past logs of other types after a batch', async () => {
    const { batches } = await batchesOf(pagesOf(['s', 's', 'fp', 'slo']), 2);
    expect(batches.map(({ checkpoint }) => checkpoint)).toEqual(['000003']);
  });

  test('goes past pages without a selected log', async () => {
    const { batches } = await batchesOf(pagesOf(['fp', 'slo', 'sapi'], 2), 100);
    expect(batches).toEqual([
      { logs: [], checkpoint: '000001', checkpointDate: log(1, '').date },
      { logs: [], checkpoint: '000002', checkpointDate: log(2, '').date },
    ]);
  });

  test('stays before selected logs that wait for their batch to be full', async () => {
    const { batches } = await batchesOf(pagesOf(['fp', 's', 'fp', 's'], 2), 2);
    expect(batches.map(({ logs, checkpoint }) => [logs.length, checkpoint])).toEqual([[2, '000003']]);
  });

  test('never passes a selected log that is in no batch so far, always moves on, and ends with the last log', async () => {
    await fc.assert(
      fc.asyncProperty(types, batchSize, pageSize, async (all, size, perPage) => {
        const pages = pagesOf(all, perPage);
        const logs = pages.flatMap((page) => page.logs);
        const { batches } = await batchesOf(pages, size);
        const done = new Set<string>();
        let before = '';
        for (const batch of batches) {
          for (const { id } of batch.logs) done.add(id);
          expect(batch.checkpoint > before).toBe(true);
          before = batch.checkpoint;
          const passed = logs.filter(({ id, type }) => id <= batch.checkpoint && SELECTED.includes(type));
          expect(passed.every(({ id }) => done.has(id))).toBe(true);
          expect(batch.checkpointDate).toBe(logs.find(({ id }) => id === batch.checkpoint)?.date);
        }
        expect(before).toBe(logs.at(-1)?.id ?? '');
      }),
    );
  });
});

describe('reading that fails', () => {
  test('leaves what was read as the last batch, and then comes the error', async () => {
    const failure = new Error('the page did not come');
    const { batches, error } = await batchesOf(pagesOf(['s', 's', 's', 'fp']), 2, failure);
    expect(batches.map(({ logs, checkpoint }) => [logs.length, checkpoint])).toEqual([
      [2, '000001'],
      [1, '000003'],
    ]);
    expect(error).toBe(failure);
  });

  test('before anything was read is the error alone', async () => {
    const failure = new Error('the page did not come');
    expect(await batchesOf([], 100, failure)).toEqual({ batches: [], error: failure });
  });
});

test('a batch is handed on as soon as it is full, before the next page is asked for', async () => {
  let asked = 0;
  async function* pages() {
    for (const page of pagesOf(Array(400).fill('s'))) {
      asked += 1;
      yield page;
    }
  }
  const batches = toBatches(pages(), 100, defaultSelection);
  await batches.next();
  expect(asked).toBe(1);
  await batches.return(undefined);
});
