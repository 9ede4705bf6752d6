import { realpath, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HostError } from '../host-error';
import { errorCode } from './error-code';
import { makeFolder } from './make-folder';

/**
 * Makes the folder that everything is kept in, for its owner alone, and makes sure that it can be written.
 *
 * @returns its path, without symbolic links
 * @throws {HostError} when it cannot be made or written
 */
export async function prepareFolder(path: string): Promise<string> {
  try {
    await makeFolder(resolve(path));
    const folder = await realpath(path);
    const probe = join(folder, `probe.json.${process.pid}`);
    await writeFile(probe, '');
    await unlink(probe);
    return folder;
  } catch (error) {
    throw new HostError(
      `The folder ${path} cannot be used (${errorCode(error) || String(error)}). Everything is kept there: give the user that runs this the right to write it, or name another folder in DATA_DIR.`,
      78,
      error,
    );
  }
}
