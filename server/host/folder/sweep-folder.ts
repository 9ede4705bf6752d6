import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What a write that was killed leaves behind: the name of a file, and a number. */
const HALF_WRITTEN = /^[a-z]+\.json\.\d+$/;

/** Removes what killed writes have left. Only for the one host that owns the folder. */
export async function sweepFolder(folder: string): Promise<void> {
  const names = await readdir(folder);
  await Promise.all(
    names.filter((name) => HALF_WRITTEN.test(name)).map((name) => unlink(join(folder, name))),
  );
}
