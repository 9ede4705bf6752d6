import { constants } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { HostError } from '../host-error';
import { errorCode } from './error-code';
import { jsonPosition } from './json-position';

/** A JSON file that only its owner may read, and that is whole whatever happens to this process. */
export interface JsonFile<T> {
  /** What the file held when it was opened; `undefined` where there was none. */
  readonly opened: T | undefined;
  /** Replaces the whole file. Writes are done one after the other, in the order of the calls. */
  write(data: T): Promise<void>;
}

const linked = (path: string) =>
  new HostError(
    `${path} is a symbolic link: what is read there, or written, would be another file. Remove the link, and put the file itself there.`,
    78,
  );

/** Makes sure that a write replaces the file itself: write-file-atomic replaces what a link leads to. */
async function refuseLink(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isSymbolicLink()) throw linked(path);
}

/** Reads a file that is there itself; `undefined` where there is none. */
async function readItself(path: string): Promise<string | undefined> {
  try {
    // Windows has no such flag, nor links that anyone may make.
    const flag = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
    return await readFile(path, { encoding: 'utf8', flag });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (errorCode(error) === 'ELOOP') throw linked(path);
    throw new HostError(
      `${path} cannot be read (${errorCode(error) || String(error)}). Give the user that runs this the right to read and write it.`,
      78,
      error,
    );
  }
}

/**
 * Opens a JSON file. No symbolic link is followed, neither now nor by a write.
 *
 * @param path of the file
 * @param parse checks what was read; throws where it is not what it should be
 * @param remedy what to do about a damaged file, as a sentence
 * @throws {HostError} when the file is there but cannot be read, is a symbolic link, or is damaged; it is
 *   left as it is
 */
export async function openJsonFile<T>(
  path: string,
  parse: (data: unknown) => T,
  remedy: string,
): Promise<JsonFile<T>> {
  const text = await readItself(path);
  let opened: T | undefined;
  if (text !== undefined) {
    try {
      opened = parse(JSON.parse(text));
    } catch {
      // Neither what the parser says nor what the check says is repeated: both quote the file, which has secrets.
      const where = jsonPosition(text);
      throw new HostError(
        `${path} is damaged: ${where ? `it stops being JSON at ${where}` : 'it is not what was written there'}. It was left as it is. ${remedy}`,
        78,
      );
    }
  }
  let last: Promise<void> = Promise.resolve();
  return {
    opened,
    write: (data) => {
      const written = last.then(async () => {
        await refuseLink(path);
        await writeFileAtomic(path, `${JSON.stringify(data)}\n`, { mode: 0o600 });
      });
      last = written.catch(() => {});
      return written;
    },
  };
}
