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

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const ROOT = 0;

const octal = (mode: number) => `0${(mode & 0o777).toString(8)}`;

/** The owner of a folder, the groups of the process, and what they may do. */
export interface FolderOwner {
  uid: number;
  gid: number;
  mode: number;
}

/** The user and the groups that this process runs as. */
export interface ProcessUser {
  uid: number;
  groups: readonly number[];
}

/**
 * Returns why other users could change what is in a folder, with the remedy; `undefined` if only this user and root can.
 *
 * Kubernetes mounts a volume as root's, writable by the group of the pod (`fsGroup`): such a folder is accepted.
 */
export function describeFolderExposure(
  folder: string,
  { uid, gid, mode }: FolderOwner,
  user: ProcessUser,
): string | undefined {
  const isVolume = uid === ROOT && user.groups.includes(gid);
  if (uid !== user.uid && !isVolume) {
    return `The folder ${folder} belongs to another user (id ${uid}; this process runs as ${user.uid}), who could change what is kept there. Name another folder in DATA_DIR, such as a new one inside it, or run this as its owner.`;
  }
  const [bits, remedy] =
    isVolume && uid !== user.uid ? [OTHERS_WRITE, 'o-w'] : [GROUP_WRITES | OTHERS_WRITE, 'go-w'];
  if ((mode & bits) === 0) return undefined;
  return `The folder ${folder} can be written by other users (mode ${octal(mode)}), who could change what is kept there. Run: chmod ${remedy} ${folder}`;
}

/**
 * Makes sure that no other user can change what is in a folder: a file there decides which tenant a secret is sent to,
 * and a link could lead a file elsewhere. Nothing is written.
 *
 * @param path of a folder that exists; a link is followed, and its target is checked
 * @returns its path, without symbolic links
 * @throws {HostError} if it is not a folder, or another user could change what is in it
 * @throws what Node throws if it does not exist
 */
export async function checkFolder(path: string): Promise<string> {
  const folder = await realpath(path);
  const found = await stat(folder);
  if (!found.isDirectory()) {
    throw new HostError(`${folder} is a file. Name a folder in DATA_DIR.`, 78);
  }
  const { geteuid, getegid, getgroups } = process;
  // Windows has no users by number; there, the folder's access list counts.
  if (!geteuid || !getegid || !getgroups) return folder;
  const user = { uid: geteuid(), groups: [getegid(), ...getgroups()] };
  const exposure = describeFolderExposure(folder, found, user);
  if (exposure) throw new HostError(exposure, 78);
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
