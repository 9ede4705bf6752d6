import { expect, test } from 'vitest';
import { describeFolderExposure } from '../../../../server/database/sqlite/folder';

const user = { uid: 1000, groups: [1000, 2000] };
const exposure = (uid: number, gid: number, mode: number, as = user) =>
  describeFolderExposure('/data', { uid, gid, mode: 0o040000 | mode }, as);

test('a folder of this user that no one else can write is accepted', () => {
  expect(exposure(1000, 1000, 0o700)).toBeUndefined();
  expect(exposure(1000, 1000, 0o755)).toBeUndefined();
});

test("a volume of root's that the group of this process can write is accepted, as Kubernetes mounts it", () => {
  expect(exposure(0, 1000, 0o2775)).toBeUndefined();
  expect(exposure(0, 2000, 0o2770)).toBeUndefined();
});

test('a folder that belongs to another user is refused', () => {
  expect(exposure(1001, 1000, 0o2775)).toMatch(
    /belongs to another user \(id 1001; this process runs as 1000\)/,
  );
  expect(exposure(0, 3000, 0o2775)).toMatch(/belongs to another user \(id 0;/);
});

test('a folder that other users can write is refused, with the command that mends it', () => {
  expect(exposure(1000, 1000, 0o775)).toMatch(/mode 0775.*Run: chmod go-w \/data$/);
  expect(exposure(0, 1000, 0o2777)).toMatch(/mode 0777.*Run: chmod o-w \/data$/);
  expect(exposure(0, 0, 0o775, { uid: 0, groups: [0] })).toMatch(/Run: chmod go-w \/data$/);
});
