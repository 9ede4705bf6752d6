import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { HostError } from '../host-error';
import { errorCode } from './error-code';

/** A JSON file that only its owner may read, and that is whole whatever happens to this process. */
export interface JsonFile<T> {
  /** What the file held when it was opened; `undefined` where there was none. */
  readonly opened: T | undefined;
  /** Replaces the whole file. Writes are done one after the other, in the order of the calls. */
  write(data: T): Promise<void>;
}

/**
 * Opens a JSON file.
 *
 * @param path of the file
 * @param parse checks what was read; throws where it is not what it should be
 * @param remedy what to do about a damaged file, as a sentence
 * @throws {HostError} when the file is there but cannot be read, or is damaged; it is left as it is
 */
export async function openJsonFile<T>(
  path: string,
  parse: (data: unknown) => T,
  remedy: string,
): Promise<JsonFile<T>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new HostError(
      `${path} cannot be read (${errorCode(error) || String(error)}). Give the user that runs this the right to read and write it.`,
      78,
      error,
    );
  });
  let opened: T | undefined;
  if (text !== undefined) {
    try {
      opened = parse(JSON.parse(text));
    } catch (error) {
      throw new HostError(
        `${path} is damaged: it is not what was written there. It was left as it is. ${remedy}`,
        78,
        error,
      );
    }
  }
  let last: Promise<void> = Promise.resolve();
  return {
    opened,
    write: (data) => {
      const written = last.then(() => writeFileAtomic(path, `${JSON.stringify(data)}\n`, { mode: 0o600 }));
      last = written.catch(() => {});
      return written;
    },
  };
}
