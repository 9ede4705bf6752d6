import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { askOwner, socketPath, takeFolderLock } from '../../../server/host/folder-lock';
import { temporaryFolder } from './temporary-folder';

const self = { pid: 4711, since: '2026-01-01T00:00:00.000Z', command: 'start' };

test('the second is refused and told who the first is; after the first has gone it may', async () => {
  const folder = await temporaryFolder();
  const first = await takeFolderLock(folder, self);
  first.announce('http://localhost:3001');
  await expect(takeFolderLock(folder, self)).rejects.toThrow(
    /in use by process 4711 \(start\) since 2026-01-01T00:00:00.000Z, with its Dashboard at http:\/\/localhost:3001/,
  );
  await first.release();
  await (await takeFolderLock(folder, self)).release();
});

test('the socket that a killed process left is no lock', async () => {
  const folder = await temporaryFolder();
  const path = socketPath(folder);
  // A socket that is bound and not listened on any more is what a kill leaves.
  const dead = createServer().listen(path);
  await once(dead, 'listening');
  const { rename } = await import('node:fs/promises');
  await rename(path, `${path}.kept`);
  await new Promise((resolve) => dead.close(resolve));
  await rename(`${path}.kept`, path);
  expect(await askOwner(path)).toBeUndefined();
  const lock = await takeFolderLock(folder, self);
  expect(await askOwner(path)).toEqual(self);
  await lock.release();
});

test('of many that try at once exactly one gets it', async () => {
  const folder = await temporaryFolder();
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => takeFolderLock(folder, { ...self, pid: n })),
  );
  const taken = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  onTestFinished(async () => {
    await Promise.all(taken.map((lock) => lock.release()));
  });
  expect(taken).toHaveLength(1);
});

test('a folder with a long path has its socket elsewhere', async () => {
  const folder = `/tmp/${'long/'.repeat(30)}`;
  expect(Buffer.byteLength(socketPath(folder))).toBeLessThanOrEqual(103);
  expect(socketPath(folder)).not.toBe(socketPath(`${folder}x`));
});
