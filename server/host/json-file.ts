import { constants } from 'node:fs';
import { lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, HostError } from '../errors';
import { jsonPosition } from '../json-position';
import { type DiskWatch, diskError } from './disk';

/** A JSON file that only its owner may read, and that is whole whatever happens to this process. */
interface JsonFile<T> {
  /** What the file held when it was opened; `undefined` where there was none. */
  readonly opened: T | undefined;
  /**
   * Replaces the whole file. Writes are done one after the other, in the order of the calls.
   *
   * @throws {DiskError} when the disk takes nothing more; the file is as it was then
   */
  write(data: T): Promise<void>;
}

const linked = (path: string) =>
  new HostError(
    `${path} is a symbolic link: what is read there, or written, would be another file. Remove the link, and put the file itself there.`,
    78,
  );

/** Makes sure that nothing is put in the place of a link that somebody has made there. */
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
 * @param disk told what becomes of each write
 * @throws {HostError} when the file is there but cannot be read, is a symbolic link, or is damaged; it is
 *   left as it is
 */
export async function openJsonFile<T>(
  path: string,
  parse: (data: unknown) => T,
  remedy: string,
  disk?: DiskWatch,
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
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work).catch((error: unknown) => {
      throw diskError(error, dirname(path));
    });
    last = done.catch(() => {});
    return done;
  };
  const aside = `${path}.${process.pid}`;
  /**
   * Writes all of it beside the file, down to the disk. Node's own writeFile continues after a write that took a part
   * only, as a disk takes that is just getting full, and so meets the error.
   */
  const writeAside = async (json: string) => {
    // What a killed process of the same id has left; a link is removed, not what it leads to.
    await rm(aside, { force: true });
    const handle = await open(aside, 'wx', 0o600);
    try {
      await handle.writeFile(json);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  const cleared = async (work: () => Promise<void>) => {
    try {
      await work();
    } finally {
      await rm(aside, { force: true });
    }
  };
  /** Tries whether as much can be written; the file itself holds what its owner knows to be there. */
  const probe = (json: string) => () => inTurn(() => cleared(() => writeAside(json)));
  return {
    opened,
    write: async (data) => {
      const json = `${JSON.stringify(data)}\n`;
      try {
        await inTurn(() =>
          cleared(async () => {
            await refuseLink(path);
            await writeAside(json);
            await rename(aside, path);
          }),
        );
        disk?.note(path, probe(json));
      } catch (error) {
        disk?.note(path, probe(json), error);
        throw error;
      }
    },
  };
}
