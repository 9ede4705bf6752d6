import { createHash, randomUUID } from 'node:crypto';
import { link, rename, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { errorCode, HostError } from '../errors';

/** macOS takes 104 bytes for a socket's path with its final zero, Linux 108. */
const LONGEST_PATH = 103;

/**
 * Where the owner of a folder listens: in the folder itself, so that containers that share it see each other,
 * or, where that path is too long for a socket, in the machine's folder for temporary files.
 *
 * @param folder its path, without symbolic links
 */
export function socketPath(folder: string): string {
  const inside = join(folder, 'host.sock');
  if (Buffer.byteLength(inside) <= LONGEST_PATH) return inside;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(tmpdir(), `auth0-logs-to-segment-${name}.sock`);
}

/** A socket on this machine answers at once or not at all. */
const LONGEST_ANSWER_MS = 2_000;

const owner = v.object({
  pid: v.number(),
  /** ISO 8601. */
  since: v.string(),
  /** What it is doing, such as `start`. */
  command: v.string(),
  /** Where its Dashboard is, if it has one. */
  url: v.optional(v.string()),
});

/** The process that owns a folder. */
type FolderOwner = v.InferOutput<typeof owner>;

/**
 * Asks who owns a folder.
 *
 * @param path of the socket that the owner listens on
 * @returns `undefined` where nobody listens any more
 */
export function askOwner(path: string): Promise<FolderOwner | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let text = '';
    const end = () => {
      socket.destroy();
      try {
        resolve(v.parse(owner, JSON.parse(text)));
      } catch {
        resolve(undefined);
      }
    };
    socket.setTimeout(LONGEST_ANSWER_MS, end);
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => resolve(undefined));
    socket.on('end', end);
  });
}

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
