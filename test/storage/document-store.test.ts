import { describe, expect, test } from 'vitest';
import { openDocumentRunStore } from '../../src/storage/document-store';
import type { RunState } from '../../src/storage/run-state';
import { createWebtaskStore } from '../../src/storage/webtask-storage';
import { fakeClock } from '../support/fake-clock';
import { makeRecord } from '../support/make-record';
import { type PlatformStorage, platformStorage } from '../support/platform-storage';
import { describeRunStore } from './run-store-contract';

function open(
  storage: PlatformStorage,
  { budgetMs = 22_000, onDamaged }: { budgetMs?: number; onDamaged?: () => void } = {},
) {
  const clock = fakeClock();
  const end = clock.now() + budgetMs;
  const { state: store, history } = openDocumentRunStore(
    createWebtaskStore(storage.handle()),
    clock,
  )({ remaining: () => Math.max(0, end - clock.now()), onDamaged });
  return { clock, store, history, storage };
}

const to = (checkpointId: string) => (state: RunState) => ({ state: { ...state, checkpointId } });
const all = { offset: 0, limit: 1_000 };
const failed = { error: new Error('Internal error') };

/** What becomes of some work while the clock runs, and how long that took on it. */
async function outcome<T>(clock: ReturnType<typeof fakeClock>, work: Promise<T>) {
  const begun = clock.now();
  const result = work.then(
    (value) => ({ value, ms: clock.now() - begun }),
    (error: unknown) => ({ error, ms: clock.now() - begun }),
  );
  let done = false;
  result.then(() => {
    done = true;
  });
  for (let ms = 0; !done && ms < 60_000; ms += 50) await clock.advance(50);
  return result;
}

describe('reading', () => {
  test('takes a failure that passes for none', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    storage.fail('get', failed, failed, failed);
    expect(await outcome(clock, store.read())).toMatchObject({ value: { checkpointId: '7' } });
    expect(storage.gets).toBe(4);
  });

  test('gives up after four tries, with a description', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    storage.fail('get', failed, failed, failed, failed);
    expect(await outcome(clock, store.read())).toMatchObject({
      error: { code: 'storage_read', message: expect.stringContaining('nothing was sent') },
    });
    expect(storage.gets).toBe(4);
  });

  test('does not wait for a storage that says nothing longer than the run lives', async () => {
    for (const budgetMs of [22_000, 8_000, 3_000, 0]) {
      const { clock, store, storage } = open(platformStorage({}), { budgetMs });
      storage.fail('get', 'hang', 'hang', 'hang', 'hang');
      const { ms, ...result } = await outcome(clock, store.read());
      expect(result).toMatchObject({ error: { code: 'storage_read' } });
      expect(ms).toBeLessThanOrEqual(Math.max(1_550, budgetMs - 1_000));
    }
  });

  test('continues when only the first try hangs, and the time of day is set forward meanwhile', async () => {
    const storage = platformStorage({ checkpointId: '7' });
    storage.fail('get', 'hang');
    const clock = fakeClock();
    const open = openDocumentRunStore(createWebtaskStore(storage.handle()), clock);
    const reading = open({ remaining: () => 22_000 }).state.read();
    reading.catch(() => {});
    clock.set(3_600_000);
    await clock.advance(5_000);
    await expect(reading).resolves.toMatchObject({ checkpointId: '7' });
  });

  test('continues when only the first try hangs', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    storage.fail('get', 'hang');
    expect(await outcome(clock, store.read())).toMatchObject({ value: { checkpointId: '7' } });
  });

  test('stops at a damaged document, unless START_FROM says where to go on', async () => {
    const careful = open(platformStorage('half a docu'));
    expect(await outcome(careful.clock, careful.store.read())).toMatchObject({
      error: { code: 'storage_damaged' },
    });
    let times = 0;
    const toHttpError = open(platformStorage('half a docu'), {
      onDamaged: () => {
        times += 1;
      },
    });
    expect(await outcome(toHttpError.clock, toHttpError.store.read())).toMatchObject({
      value: { checkpointId: null, checkpointLost: true },
    });
    await outcome(toHttpError.clock, toHttpError.store.update(to('8')));
    expect(toHttpError.storage.document()).toMatchObject({ checkpointId: '8' });
    expect(times).toBe(1);
  });
});

describe('writing', () => {
  test('reads once, however often it writes', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    for (const id of ['8', '9', '10']) await outcome(clock, store.update(to(id)));
    expect(storage.document()).toMatchObject({ checkpointId: '10' });
    expect([storage.gets, storage.sets]).toEqual([1, 3]);
  });

  test('writes nothing where nothing is to be changed', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    const result = await outcome(
      clock,
      store.update(() => undefined),
    );
    expect(result).toMatchObject({ value: { checkpointId: '7' } });
    expect(storage.sets).toBe(0);
  });

  test('takes a failure that passes for none', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    storage.fail('set', failed, 'hang', failed);
    expect(await outcome(clock, store.update(to('8')))).toMatchObject({ value: { checkpointId: '8' } });
    expect(storage.document()).toMatchObject({ checkpointId: '8' });
  });

  test('gives up after four tries, with a description, and begins with reading the next time', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    storage.fail('set', failed, failed, failed, failed);
    expect(await outcome(clock, store.update(to('8')))).toMatchObject({
      error: { code: 'storage_write', message: expect.stringContaining('could not be stored') },
    });
    expect(storage.document()).toEqual({ checkpointId: '7' });
    await outcome(clock, store.update(to('9')));
    expect(storage.document()).toMatchObject({ checkpointId: '9' });
    expect(storage.gets).toBe(2);
  });

  test('does not wait for a storage that says nothing longer than the run lives', async () => {
    for (const budgetMs of [22_000, 8_000, 0]) {
      const { clock, store, storage } = open(platformStorage({}), { budgetMs });
      storage.fail('set', 'hang', 'hang', 'hang', 'hang');
      const { ms, ...result } = await outcome(clock, store.update(to('8')));
      expect(result).toMatchObject({ error: { code: 'storage_write' } });
      expect(ms).toBeLessThanOrEqual(Math.max(1_550, budgetMs - 1_000));
    }
  });

  test('what somebody else has written meanwhile is kept, and changed again', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    await outcome(clock, store.read());
    storage.overwrite({ checkpointId: '100', theirs: true });
    const seen: (string | null)[] = [];
    await outcome(
      clock,
      store.update((state) => {
        seen.push(state.checkpointId);
        return { state: { ...state, lastReportDate: '2026-02-28' } };
      }),
    );
    expect(seen).toEqual(['7', '100']);
    expect(storage.document()).toMatchObject({
      checkpointId: '100',
      theirs: true,
      lastReportDate: '2026-02-28',
    });
  });

  test('ends with a description where every write meets a conflict', async () => {
    const { clock, store, storage } = open(platformStorage({}));
    const conflict = { error: Object.assign(new Error('Conflict'), { code: 409 }) };
    storage.fail('set', ...Array.from({ length: 1_000 }, () => conflict));
    expect(await outcome(clock, store.update(to('8')))).toMatchObject({ error: { code: 'storage_write' } });
    expect(storage.sets).toBeLessThanOrEqual(20);
  });

  test('passes on what the change throws', async () => {
    const { clock, store, storage } = open(platformStorage({}));
    const thrown = new Error('lost');
    const result = await outcome(
      clock,
      store.update(() => {
        throw thrown;
      }),
    );
    expect(result).toMatchObject({ error: thrown });
    expect(storage.sets).toBe(0);
  });
});

describe('a document that is too large', () => {
  const logs = Array.from({ length: 64 }, (_, run) => makeRecord({ logsRead: run }));

  test.each([
    Object.assign(new Error('Payload'), { code: 413 }),
    new Error('Document too large'),
    new Error('The data exceeds the maximum size of 500 KB'),
    new Error('size limit reached'),
  ])('makes the oldest half of the history give way, at once (%s)', async (error) => {
    const { clock, store, history, storage } = open(platformStorage({ checkpointId: '7', logs }));
    storage.fail('set', { error }, { error });
    await outcome(clock, store.update(to('8')));
    expect(storage.sets).toBe(3);
    const state = await outcome(clock, store.read());
    expect(state).toMatchObject({ value: { checkpointId: '8' } });
    const { runs } = await history.list(all);
    expect(runs.map(({ logsRead }) => logsRead)).toEqual(Array.from({ length: 16 }, (_, run) => 63 - run));
  });

  test.each(['Rate limit exceeded', 'Timeout exceeded', 'Internal error', 'Request limit reached'])(
    'is not what “%s” says, and no history is lost for it',
    async (message) => {
      const { clock, store, history, storage } = open(platformStorage({ checkpointId: '7', logs }));
      storage.fail('set', { error: new Error(message) });
      await outcome(clock, store.update(to('8')));
      await outcome(clock, store.read());
      expect((await history.list(all)).total).toBe(64);
    },
  );

  test('fails with a description when it is too large without any history', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7', logs }));
    const tooLarge = { error: Object.assign(new Error('Too large'), { code: 413 }) };
    storage.fail('set', ...Array.from({ length: 50 }, () => tooLarge));
    expect(await outcome(clock, store.update(to('8')))).toMatchObject({ error: { code: 'storage_write' } });
    expect(storage.sets).toBeLessThanOrEqual(9);
  });
});

describeRunStore('the platform’s document as a store of runs', async (clock) => {
  const storage = platformStorage();
  return {
    open: (options) => openDocumentRunStore(createWebtaskStore(storage.handle()), clock)(options),
    close: async () => {},
  };
});

describe('the document', () => {
  test('has the keys of Auth0’s own extension, and none for what its history says', async () => {
    const { clock, store, storage } = open(platformStorage({ checkpointId: '7' }));
    const record = makeRecord();
    const caughtUp = { start: record.start, end: record.end, isProven: true };
    await outcome(
      clock,
      store.update((state) => ({ state: { ...state, caughtUp }, ended: [{ id: 'x', record }] })),
    );
    expect(storage.document()).toMatchObject({ checkpointId: '7', logs: [record] });
    expect(storage.document()).not.toHaveProperty('caughtUp');
    expect(await outcome(clock, store.read())).toMatchObject({ value: { caughtUp } });
  });

  test.each<[string, object[], object | null]>([
    ['a run that read everything', [{}], { start: 'Z', isProven: true }],
    ['one that warned, which may not have', [{ warning: 'A gap.' }], { start: 'Z', isProven: false }],
    ['one that left something', [{ moreToCome: true }], null],
    ['a failure after it', [{}, { error: 'x' }], { start: 'Y', isProven: false }],
    ['one that read everything after a failure', [{ error: 'x' }, {}], { start: 'Z', isProven: true }],
  ])('of %s says when the export had caught up', async (_what, runs, caughtUp) => {
    const logs = runs.map((run, place) => ({
      start: 'XYZ'.slice(place + 3 - runs.length)[0],
      end: 'e',
      ...run,
    }));
    const { clock, store } = open(platformStorage({ checkpointId: '7', logs }));
    const result = await outcome(clock, store.read());
    expect('value' in result && result.value.caughtUp).toEqual(caughtUp && { end: 'e', ...caughtUp });
  });

  test('says of a day whether its runs were left out for want of room', async () => {
    const logsDroppedUntil = '2026-03-01T04:00:00.000Z';
    const { history } = open(platformStorage({ logsDroppedUntil, logs: [makeRecord()] }));
    const [day, next] = [Date.parse('2026-03-01'), Date.parse('2026-03-02')];
    expect(await history.sums({ from: day, until: next })).toMatchObject({ runs: 1, isWhole: false });
    expect(await history.sums({ from: next, until: next + 1 })).toMatchObject({ isWhole: true });
  });
});
