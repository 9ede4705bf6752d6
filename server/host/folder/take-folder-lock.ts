import { randomUUID } from 'node:crypto';
import { link, rename, unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HostError } from '../host-error';
import { askOwner, type FolderOwner } from './ask-owner';
import { errorCode } from './error-code';
import { socketPath } from './socket-path';

const TRIES = 5;
/** Between binding and listening a socket refuses connections; nobody takes this long for it. */
const LISTENS_WITHIN_MS = 100;

/** The right to be the only process that uses a folder. */
export interface FolderLock {
  /** Tells whoever asks where the Dashboard is. */
  announce(url: string): void;
  release(): Promise<void>;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Removes the socket of a dead process; one that a live process has just put there is put back. */
async function removeDead(path: string): Promise<void> {
  const aside = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if (await askOwner(aside)) await link(aside, path).catch(() => {});
  await unlink(aside);
}

/**
 * Takes a folder for this process alone. The lock is a socket that this process listens on: the kernel closes
 * it with the process, however that ends, and no process id can be mistaken for another's.
 *
 * @param folder its path, without symbolic links
 * @throws {HostError} naming the process that owns the folder
 */
export async function takeFolderLock(folder: string, self: FolderOwner): Promise<FolderLock> {
  const path = socketPath(folder);
  let owner = self;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(JSON.stringify(owner));
  });
  for (let tries = 1; ; tries += 1) {
    try {
      await listen(server, path);
      break;
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE' || tries === TRIES) {
        throw new HostError(
          `The folder ${folder} cannot be locked (${errorCode(error) || String(error)} at ${path}). Name a folder on a local disk in DATA_DIR.`,
          78,
          error,
        );
      }
    }
    let other = await askOwner(path);
    if (!other) {
      await delay(LISTENS_WITHIN_MS);
      other = await askOwner(path);
    }
    if (other) {
      const where = other.url ? `, with its Dashboard at ${other.url}` : '';
      throw new HostError(
        `The folder ${folder} is in use by process ${other.pid} (${other.command}) since ${other.since}${where}. Two at once would spoil each other's state: stop that one first, or name another folder in DATA_DIR.`,
      );
    }
    await removeDead(path);
  }
  // The lock alone keeps no process alive.
  server.unref();
  return {
    announce: (url) => {
      owner = { ...owner, url };
    },
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
