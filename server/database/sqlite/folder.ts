import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCode, HostError } from '../../errors';

/**
 * Makes a folder for its owner alone, and those above it. Node's own recursive way never comes back where the
 * file system answers ENOENT for a folder whose parent is there, as /proc does.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

/** Group and others may write. */
const OTHERS_WRITE = 0o022;

const octal = (mode: number) => `0${(mode & 0o777).toString(8)}`;

/**
 * Makes sure that a folder is this user's alone to change: whoever may put a file there decides which tenant a
 * secret is sent to, and could lead a file elsewhere by a link. Nothing is written.
 *
 * @param path of a folder that is there; a link to it is followed, and what it leads to is checked
 * @returns its path, without symbolic links
 * @throws {HostError} where it is none, belongs to another user, or others may write to it
 * @throws what Node throws where it is not there
 */
export async function checkFolder(path: string): Promise<string> {
  const folder = await realpath(path);
  const found = await stat(folder);
  if (!found.isDirectory()) {
    throw new HostError(`${folder} is a file. Name a folder in DATA_DIR.`, 78);
  }
  const { uid, mode } = found;
  const self = process.geteuid?.();
  // Windows has neither; there, the folder's access list is what counts.
  if (self === undefined) return folder;
  if (uid !== self) {
    throw new HostError(
      `The folder ${folder} belongs to another user (id ${uid}; this process runs as ${self}), who could change what is kept there. Name another folder in DATA_DIR, such as a new one inside it, or run this as its owner.`,
      78,
    );
  }
  if (mode & OTHERS_WRITE) {
    throw new HostError(
      `The folder ${folder} can be written by other users (mode ${octal(mode)}), who could change what is kept there. Run: chmod go-w ${folder}`,
      78,
    );
  }
  return folder;
}

/**
 * Makes the folder that everything is kept in, for its owner alone. Nothing is written into a folder that was there.
 *
 * @returns its path, without symbolic links
 * @throws {HostError} when it cannot be made, is a file, belongs to somebody else, or others may write to it
 */
export async function prepareFolder(path: string): Promise<string> {
  try {
    await makeFolder(resolve(path));
    return await checkFolder(path);
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw new HostError(
      `The folder ${path} cannot be used (${errorCode(error) || String(error)}). Everything is kept there: give the user that runs this the right to write it, or name another folder in DATA_DIR.`,
      78,
      error,
    );
  }
}
