import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HostError } from '../../../server/errors';
import { createStorage, expireLease } from '../../../server/host/storage';
import type { WebtaskStorage } from '../../../src/storage/webtask-storage';
import { temporaryFolder } from './temporary-folder';

const set = (handle: WebtaskStorage, data: unknown, options: object = {}) =>
  new Promise<unknown>((resolve) => handle.set(data, options, (error) => resolve(error)));
const get = (handle: WebtaskStorage) =>
  new Promise<unknown>((resolve) => handle.get((_error, data) => resolve(data)));

test('a handle that has seen the document may replace it, and replace it again', async () => {
  const folder = await temporaryFolder();
  const storage = await createStorage(folder);
  const handle = storage.handle();
  expect(await get(handle)).toBeUndefined();
  expect(await set(handle, { n: 1 })).toBeUndefined();
  expect(await set(handle, { n: 2 })).toBeUndefined();
  expect((await createStorage(folder)).document()).toEqual({ n: 2 });
});

test('a handle whose document was changed by another is refused, unless it forces', async () => {
  const storage = await createStorage(await temporaryFolder());
  const [one, other] = [storage.handle(), storage.handle()];
  await get(one);
  await get(other);
  expect(await set(other, { by: 'other' })).toBeUndefined();
  expect(await set(one, { by: 'one' })).toMatchObject({ code: 409, conflict: { by: 'other' } });
  expect(storage.document()).toEqual({ by: 'other' });
  expect(await set(one, { by: 'one' }, { force: 1 })).toBeUndefined();
  await get(other);
  expect(await set(other, { by: 'other again' })).toBeUndefined();
});

test('of two that write at once one is refused', async () => {
  const storage = await createStorage(await temporaryFolder());
  const handles = [storage.handle(), storage.handle(), storage.handle()];
  const errors = await Promise.all(handles.map((handle, n) => set(handle, { n })));
  expect(errors.filter((error) => error === undefined)).toHaveLength(1);
});

test('what is handed out is a copy', async () => {
  const storage = await createStorage(await temporaryFolder());
  const document = { list: [1] };
  await set(storage.handle(), document);
  document.list.push(2);
  ((await get(storage.handle())) as typeof document).list.push(3);
  expect(storage.document()).toEqual({ list: [1] });
});

test('a document of more than 500 KB is refused and the one before stays', async () => {
  const storage = await createStorage(await temporaryFolder());
  await set(storage.handle(), { n: 1 });
  expect(await set(storage.handle(), { text: 'x'.repeat(500 * 1024) })).toMatchObject({ code: 413 });
  expect(storage.document()).toEqual({ n: 1 });
});

test('a damaged file is named, with its remedy, and left as it is', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'storage.json');
  for (const damaged of ['{"document": {"checkpo', '', '[]', 'null']) {
    await writeFile(path, damaged);
    const error = await createStorage(folder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HostError);
    expect(error).toMatchObject({ exitCode: 78 });
    expect(String(error)).toMatch(/storage\.json is damaged.*checkpoint.*START_FROM/);
    expect(await readFile(path, 'utf8')).toBe(damaged);
  }
});

test('a lease that a killed process left has expired, and is still there', async () => {
  const storage = await createStorage(await temporaryFolder());
  const lease = { owner: 'gone', startedAt: 'then', expiresAt: '2026-01-01T00:00:30.000Z', progress: {} };
  await set(storage.handle(), { checkpointId: '1', lease });
  await expireLease(storage, Date.parse('2026-01-01T00:00:10.000Z'));
  expect(storage.document()).toEqual({
    checkpointId: '1',
    lease: { ...lease, expiresAt: '2025-12-31T23:58:10.000Z' },
  });
});
