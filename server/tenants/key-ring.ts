import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, HostError } from '../errors';
import { openToOthers } from '../file-mode';

/** Bytes of a key: what A256GCM takes. */
const KEY_BYTES = 32;

/** A key that secrets are sealed with. */
interface SealingKey {
  /** Names the key in what it has sealed. Tells nothing of the key, which is random. */
  id: string;
  bytes: Uint8Array;
}

/** The keys that secrets are sealed and opened with. */
export interface KeyRing {
  /** Where the keys come from, as a sentence names it: a setting, or the path of a file. */
  readonly source: string;
  /**
   * The keys as they are now: the first seals, all of them open.
   *
   * @throws {HostError} where they cannot be read, or are none
   */
  keys(): Promise<readonly SealingKey[]>;
  /**
   * Puts a new key before the others, where this program keeps the keys itself; where somebody else does, they have
   * put it there before.
   *
   * @returns the id of the key that is first then
   */
  beginChange(): Promise<string>;
  /**
   * Removes all keys but the first, where this program keeps them. For when nothing is sealed with the others any
   * more. Where another change has begun since, that one does so when it ends.
   *
   * @param id of the key that the change began with
   */
  endChange(id: string): Promise<void>;
  /** Sentences about who else can read the keys. */
  readonly warnings: readonly string[];
}

const idOf = (bytes: Uint8Array) =>
  createHash('sha256').update('key id\n').update(bytes).digest('base64url').slice(0, 12);

/** How to make a key, for sentences. */
const MAKE_ONE = 'Make one with: openssl rand -base64 32';

/**
 * Reads keys: 32 bytes each, in base64 or base64url, separated by commas or line breaks.
 *
 * @param source names where the text comes from
 * @throws {HostError} where one of them is no key; nothing of it is repeated
 */
function parseKeys(text: string, source: string): SealingKey[] {
  const texts = text.split(/[\s,]+/).filter((part) => part !== '');
  if (texts.length === 0) {
    throw new HostError(`${source} holds no key. It must hold 32 bytes in base64. ${MAKE_ONE}`, 78);
  }
  return texts.map((part, index) => {
    const isBase64 = /^[\w+/-]+={0,2}$/.test(part);
    const bytes = isBase64 ? new Uint8Array(Buffer.from(part, 'base64')) : new Uint8Array();
    if (bytes.length !== KEY_BYTES) {
      const which = texts.length > 1 ? `Key ${index + 1} of ${texts.length} in ${source}` : source;
      throw new HostError(
        `${which} is no key: it must be ${KEY_BYTES} bytes in base64${isBase64 ? `, and is ${bytes.length}` : ''}. ${MAKE_ONE}`,
        78,
      );
    }
    return { id: idOf(bytes), bytes };
  });
}

const toText = (keys: readonly SealingKey[]) =>
  `${keys.map(({ bytes }) => Buffer.from(bytes).toString('base64url')).join('\n')}\n`;

const cannot = (path: string, done: 'read' | 'written', error: unknown) =>
  new HostError(
    `${path} holds the key that secrets are sealed with, and cannot be ${done} (${errorCode(error) || String(error)}). Give the user that runs this the right to read and write it, or name a key in ENCRYPTION_KEY.`,
    78,
    error,
  );

/** Makes sure that a change of a folder outlives a power cut. Windows cannot, and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file beside another, down to the disk, for its owner alone. */
async function writeAside(path: string, text: string): Promise<string> {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const handle = await open(aside, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return aside;
}

/** Puts a file where none is, whole or not at all; whoever comes second leaves it as it is. */
async function putOnce(path: string, text: string): Promise<void> {
  const aside = await writeAside(path, text);
  try {
    await link(aside, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(dirname(path));
}

/** Replaces a file, whole or not at all. */
async function putAgain(path: string, text: string): Promise<void> {
  const aside = await writeAside(path, text);
  try {
    await rename(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(dirname(path));
}

/** `undefined` where there is none. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw cannot(path, 'read', error);
  }
}

/** Makes sure that only its owner can read the file of the keys, and that it is no link to another. */
async function checkFile(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) {
    throw new HostError(
      `${path} is a symbolic link. Put the file itself there, or name where it is in ENCRYPTION_KEY_FILE.`,
      78,
    );
  }
  if (process.getuid !== undefined && (found.mode & 0o077) !== 0) {
    throw new HostError(
      `${path} holds the key that secrets are sealed with, and is open to other users of this machine (mode 0${(found.mode & 0o777).toString(8)}). Run: chmod 600 ${path}`,
      78,
    );
  }
}

const newKey = (): SealingKey => {
  const bytes = new Uint8Array(randomBytes(KEY_BYTES));
  return { id: idOf(bytes), bytes };
};

/**
 * The keys in a file of this program's own, made where there is none. Two processes that start at once end with one
 * file; a file that is there is never overwritten but by a change of the key.
 */
async function ownFile(folder: string): Promise<KeyRing> {
  const path = join(folder, 'encryption.key');
  // Holds the new key while keys are changed: whoever takes up an interrupted change goes on with the same key.
  const next = `${path}.next`;
  const keysIn = async (file: string) => {
    const text = await textOf(file);
    return text === undefined ? undefined : parseKeys(text, file);
  };
  const keys = async () => {
    const found = await keysIn(path);
    if (found) return found;
    throw new HostError(
      `${path}, which holds the key that secrets are sealed with, is gone. Put it back from a backup. Without it, start again: a new one is made, and every secret must be entered again.`,
      78,
    );
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw error instanceof HostError ? error : cannot(path, 'written', error);
    }
  };
  await guarded(async () => {
    if ((await textOf(path)) === undefined) await putOnce(path, toText([newKey()]));
    await checkFile(path);
  });
  await keys();
  return {
    source: path,
    keys,
    beginChange: () =>
      guarded(async () => {
        await putOnce(next, toText([newKey()]));
        const [key] = (await keysIn(next)) ?? [];
        const old = await keys();
        // Another process has ended the change meanwhile: what it has put first will do.
        if (!key || old[0]?.id === key.id) return old[0]?.id ?? '';
        await putAgain(path, toText([key, ...old.filter(({ id }) => id !== key.id)]));
        return key.id;
      }),
    endChange: (begun) =>
      guarded(async () => {
        const [first] = await keys();
        if (first?.id !== begun) return;
        await putAgain(path, toText([first]));
        await rm(next, { force: true });
      }),
    warnings: [],
  };
}

/** Keys that somebody else keeps. */
const keptElsewhere = (source: string, keys: KeyRing['keys'], warnings: readonly string[] = []): KeyRing => ({
  source,
  keys,
  beginChange: async () => (await keys())[0]?.id ?? '',
  endChange: async () => {},
  warnings,
});

/** Where the keys are. */
interface KeySource {
  /** ENCRYPTION_KEY: one or more keys, separated by commas; empty: none. */
  key: string;
  /** ENCRYPTION_KEY_FILE: the path of a file that holds them; empty: none. */
  keyFile: string;
  /**
   * Folder that a key file is made in where neither is given; it belongs to this user alone. `undefined` where other
   * machines need the same key.
   */
  folder: string | undefined;
}

/**
 * Opens the keys that secrets are sealed with.
 *
 * @throws {HostError} where they cannot be read, are no keys, or are open to others
 */
export async function openKeyRing({ key, keyFile, folder }: KeySource): Promise<KeyRing> {
  if (key !== '' && keyFile !== '') {
    throw new HostError(
      'ENCRYPTION_KEY and ENCRYPTION_KEY_FILE are both given. Give one of them: several keys go into one, separated by commas, the newest first.',
      78,
    );
  }
  if (key !== '') {
    const keys = parseKeys(key, 'ENCRYPTION_KEY');
    return keptElsewhere('ENCRYPTION_KEY', async () => keys);
  }
  if (keyFile !== '') {
    const source = `ENCRYPTION_KEY_FILE (${keyFile})`;
    const keys = async () => {
      const text = await readFile(keyFile, 'utf8').catch((error: unknown) => {
        throw new HostError(
          `${source} cannot be read (${errorCode(error) || String(error)}). Put the key there, readable for the user that runs this. ${MAKE_ONE}`,
          78,
          error,
        );
      });
      return parseKeys(text, source);
    };
    await keys();
    const mode = openToOthers(await stat(keyFile));
    const warning = `${keyFile} holds the key that secrets are sealed with, and is open to other users of this machine (mode ${mode}). Run: chmod 600 ${keyFile}`;
    return keptElsewhere(source, keys, mode === undefined ? [] : [warning]);
  }
  if (folder !== undefined) return ownFile(folder);
  throw new HostError(
    `With DATABASE_URL, each machine needs the same key for the secrets in the database, and neither ENCRYPTION_KEY nor ENCRYPTION_KEY_FILE is given. Give one of them. ${MAKE_ONE}`,
    78,
  );
}
