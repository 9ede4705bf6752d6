import { realpath, stat } from 'node:fs/promises';
import { HostError } from '../host-error';

/** Group and others may write. */
const OTHERS_WRITE = 0o022;

const octal = (mode: number) => `0${(mode & 0o777).toString(8)}`;

/**
 * Makes sure that a folder is this user's alone to change: whoever may put a file there decides which tenant a
 * secret is sent to, and could lead a file elsewhere by a link. Nothing is written.
 *
 * @param path of a folder that is there; a link to it is followed, and what it leads to is checked
 * @returns its path, without symbolic links
 * @throws {HostError} where it belongs to another user, or others may write to it
 * @throws what Node throws where it is not there
 */
export async function checkFolder(path: string): Promise<string> {
  const folder = await realpath(path);
  const { uid, mode } = await stat(folder);
  const self = process.getuid?.();
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
