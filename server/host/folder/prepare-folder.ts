import { rm, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HostError } from '../host-error';
import { checkFolder } from './check-folder';
import { diskError } from './disk-error';
import { errorCode } from './error-code';
import { makeFolder } from './make-folder';

/**
 * Makes the folder that everything is kept in, for its owner alone, and makes sure that it can be written. Into a
 * folder that was there, nothing is written before it is known to be this user's alone.
 *
 * @returns its path, without symbolic links
 * @throws {HostError} when it cannot be made or written, belongs to somebody else, or others may write to it
 */
export async function prepareFolder(path: string): Promise<string> {
  try {
    await makeFolder(resolve(path));
    const folder = await checkFolder(path);
    const probe = join(folder, `probe.json.${process.pid}`);
    // What a killed process of the same id has left; a link is removed, not what it leads to.
    await rm(probe, { force: true });
    await writeFile(probe, '', { flag: 'wx' });
    await unlink(probe);
    return folder;
  } catch (error) {
    if (error instanceof HostError) throw error;
    const trouble = diskError(error, path);
    if (trouble !== error) throw trouble;
    throw new HostError(
      `The folder ${path} cannot be used (${errorCode(error) || String(error)}). Everything is kept there: give the user that runs this the right to write it, or name another folder in DATA_DIR.`,
      78,
      error,
    );
  }
}
