import { describe, expect, test } from 'vitest';
import runtime from 'webtask-runtime';
import { StorageConflict } from '../../src/storage/document-store';
import { createWebtaskStore } from '../../src/storage/webtask-storage';
import { platformStorage } from '../support/platform-storage';

const hosts = {
  'the local runtime, whose one handle is shared': () => {
    const storage = runtime.createStorage();
    return { open: () => createWebtaskStore(storage), document: () => storage.data };
  },
  'the platform, where each execution has a handle': () => {
    const storage = platformStorage();
    return { open: () => createWebtaskStore(storage.handle()), document: () => storage.document() };
  },
};

describe.each(Object.entries(hosts))('on %s', (_name, host) => {
  test('a document is kept from one execution to the next', async () => {
    const { open } = host();
    const first = open();
    expect(await first.read()).toEqual({});
    await first.write({ checkpointId: '1' });
    expect(await open().read()).toEqual({ checkpointId: '1' });
  });

  test('one execution writes again and again', async () => {
    const { open, document } = host();
    const store = open();
    await store.read();
    for (const checkpointId of ['1', '2', '3']) await store.write({ checkpointId });
    expect(document()).toEqual({ checkpointId: '3' });
  });

  test('a write is refused when another execution has written since the last read', async () => {
    const { open, document } = host();
    const [one, other] = [open(), open()];
    await Promise.all([one.read(), other.read()]);
    await one.write({ by: 'one' });
    await expect(other.write({ by: 'other' })).rejects.toBeInstanceOf(StorageConflict);
    expect(document()).toEqual({ by: 'one' });
    expect(await other.read()).toEqual({ by: 'one' });
    await other.write({ by: 'other' });
    await expect(one.write({ by: 'one again' })).rejects.toBeInstanceOf(StorageConflict);
    expect(document()).toEqual({ by: 'other' });
  });

  test('of many that read at once, one writes', async () => {
    const { open, document } = host();
    const writes = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, by) => {
        const store = open();
        await store.read();
        await store.write({ by });
        return by;
      }),
    );
    const done = writes.filter(({ status }) => status === 'fulfilled');
    expect(done).toEqual([{ status: 'fulfilled', value: (document() as { by: number }).by }]);
  });

  test('what is done to a document after reading or writing it is not stored', async () => {
    const { open, document } = host();
    const store = open();
    await store.read();
    const written = { logs: [1] };
    await store.write(written);
    written.logs.push(2);
    const read = (await store.read()) as typeof written;
    read.logs.push(3);
    expect(document()).toEqual({ logs: [1] });
  });
});

test('a version counts as read at the moment of the answer, whoever writes right after it', async () => {
  const storage = runtime.createStorage({ by: 'nobody' });
  const store = createWebtaskStore({
    get etag() {
      return storage.etag;
    },
    // Another execution of the same process writes between the answer and our next turn.
    get: (callback) => {
      storage.get(callback);
      storage.set({ by: 'another' }, { force: 1 }, () => {});
    },
    set: (data, options, callback) => storage.set(data, options, callback),
  });
  expect(await store.read()).toEqual({ by: 'nobody' });
  await expect(store.write({ by: 'us' })).rejects.toBeInstanceOf(StorageConflict);
  expect(storage.data).toEqual({ by: 'another' });
});

test('a failure is passed on as it is', async () => {
  const storage = platformStorage();
  const store = createWebtaskStore(storage.handle());
  storage.fail('get', { error: new Error('read failed') });
  await expect(store.read()).rejects.toThrow('read failed');
  storage.fail('set', { error: Object.assign(new Error('write failed'), { code: 500 }) });
  await store.read();
  await expect(store.write({})).rejects.toThrow('write failed');
});

test('a handle that throws is a failure, too', async () => {
  const store = createWebtaskStore(runtime.createStorage());
  // The local runtime throws for a write before any read.
  await expect(store.write({})).rejects.toThrow(/without having called storage.get/);
});
