import { chmod, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openKeyRing } from '../../../server/tenants/key-ring';
import { temporaryFolder } from '../../support/temporary-folder';

const KEY = Buffer.alloc(32, 'k').toString('base64');
const own = (folder: string) => openKeyRing({ key: '', keyFile: '', folder });
const idsOf = async (ring: Awaited<ReturnType<typeof own>>) => (await ring.keys()).map(({ id }) => id);

test('the key is made once, for its owner alone, and two that open at once end with the same', async () => {
  const folder = await temporaryFolder();
  const rings = await Promise.all(Array.from({ length: 20 }, () => own(folder)));
  const ids = await Promise.all(rings.map(idsOf));
  expect(new Set(ids.flat()).size).toBe(1);
  expect((await stat(join(folder, 'encryption.key'))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['encryption.key']);
});

test('a file of the key that others can read, or that is a link, is refused with the remedy', async () => {
  const folder = await temporaryFolder();
  await own(folder);
  const path = join(folder, 'encryption.key');
  for (const mode of [0o640, 0o604, 0o622]) {
    await chmod(path, mode);
    await expect(own(folder)).rejects.toThrow(`Run: chmod 600 ${path}`);
  }
  await chmod(path, 0o600);
  const text = await readFile(path, 'utf8');
  await rm(path);
  const elsewhere = join(folder, 'elsewhere');
  await symlink(elsewhere, path);
  await expect(own(folder)).rejects.toThrow('is a symbolic link');
  await expect(stat(elsewhere)).rejects.toThrow('ENOENT');
  await writeFile(elsewhere, text, { mode: 0o600 });
  await expect(own(folder)).rejects.toThrow('is a symbolic link');
});

test.each([
  ['', 'holds no key'],
  ['hunter2-hunter2', 'must be 32 bytes in base64, and is'],
  ['not base64 at all!', 'is no key'],
  [`${KEY},c2hvcnQ=`, 'Key 2 of 2 in ENCRYPTION_KEY_FILE'],
])('what is no key is refused without being repeated: %j', async (text, sentence) => {
  const keyFile = join(await temporaryFolder(), 'key');
  await writeFile(keyFile, text, { mode: 0o600 });
  const error: unknown = await openKeyRing({ key: '', keyFile, folder: '' }).catch((one) => one);
  expect(error).toMatchObject({ exitCode: 78, message: expect.stringContaining(sentence) });
  expect(String(error)).not.toMatch(/hunter2|at all!|c2hvcnQ/);
});

test('a key is given in one place, and ENCRYPTION_KEY_FILE that others can read warns', async () => {
  const keyFile = join(await temporaryFolder(), 'key');
  await expect(openKeyRing({ key: KEY, keyFile, folder: '' })).rejects.toThrow('are both given');
  await expect(openKeyRing({ key: '', keyFile, folder: '' })).rejects.toThrow(
    `ENCRYPTION_KEY_FILE (${keyFile}) cannot be read (ENOENT)`,
  );
  await writeFile(keyFile, `${KEY}\n`, { mode: 0o600 });
  expect((await openKeyRing({ key: '', keyFile, folder: '' })).warnings).toEqual([]);
  await chmod(keyFile, 0o644);
  expect((await openKeyRing({ key: '', keyFile, folder: '' })).warnings).toEqual([
    `${keyFile} holds the key that secrets are sealed with, and is open to other users of this machine (mode 0644). Run: chmod 600 ${keyFile}`,
  ]);
});

test('an interrupted change continues with the same key, and ends no change but its own', async () => {
  const folder = await temporaryFolder();
  const [first, second] = [await own(folder), await own(folder)];
  const [old] = await idsOf(first);
  const begun = await first.beginChange();
  // As after a crash, or by another process.
  expect(await second.beginChange()).toBe(begun);
  expect(await idsOf(first)).toEqual([begun, old]);
  await second.endChange(begun);
  expect(await idsOf(first)).toEqual([begun]);
  const next = await second.beginChange();
  // The first one comes late: what is sealed with its key is not sealed anew yet.
  await first.endChange(begun);
  expect(await idsOf(second)).toEqual([next, begun]);
  await second.endChange(next);
  expect(await readdir(folder)).toEqual(['encryption.key']);
});

test('a key that is gone while others rely on it is said, and no other is made in its place', async () => {
  const folder = await temporaryFolder();
  const ring = await own(folder);
  await rm(join(folder, 'encryption.key'));
  await expect(ring.keys()).rejects.toThrow('is gone. Put it back from a backup.');
  expect(await readdir(folder)).toEqual([]);
});
