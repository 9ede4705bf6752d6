import { join } from 'node:path';
import { CLOCKS_DIFFER_MS, type DocumentStore, StorageConflict } from '../../src/storage/document-store';
import type { WebtaskStorage } from '../../src/storage/webtask-storage';
import type { DiskWatch } from './disk';
import { openJsonFile } from './json-file';

/** The platform takes about 500 KB. */
const LARGEST_DOCUMENT = 500 * 1024;

/** A webtask's storage: one document, as the platform keeps it. */
export interface Storage {
  /** The document, or `undefined` where there is none. */
  document(): unknown;
  /** A handle for one request. It remembers what it has seen of the document. */
  handle(): WebtaskStorage;
  /** Forgets the document. */
  clear(): Promise<void>;
}

/** The platform's errors are plain errors with a code. */
const failure = (message: string, fields: object): Error => Object.assign(new Error(message), fields);

/**
 * Opens the storage in a folder that belongs to this process: what is in memory is what is on disk.
 *
 * @param disk told what becomes of each write
 * @throws {HostError} when the file is damaged
 */
export async function createStorage(folder: string, disk?: DiskWatch): Promise<Storage> {
  const path = join(folder, 'storage.json');
  const file = await openJsonFile<{ document?: unknown }>(
    path,
    (data) => {
      if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new TypeError('no object');
      return data;
    },
    'It holds the checkpoint: put back a copy of it. Without one, move it away and put the id of the log to go on from into START_FROM; otherwise the export begins with the oldest log that Auth0 still has.',
    disk,
  );
  let document = file.opened?.document;
  let version = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => {});
    return done;
  };

  const replace = async (next: unknown): Promise<number> => {
    await file.write(next === undefined ? {} : { document: next });
    document = next;
    version += 1;
    return version;
  };

  return {
    document: () => structuredClone(document),
    clear: async () => {
      await inTurn(() => replace(undefined));
    },
    handle: () => {
      let seen = version;
      return {
        get: (callback) => {
          seen = version;
          callback(null, structuredClone(document));
        },
        set: (data, options, callback) => {
          const next = structuredClone(data);
          const isForced = 'force' in options && Boolean(options.force);
          inTurn(async () => {
            if (!isForced && seen !== version) {
              throw failure('The document was changed by another request.', {
                code: 409,
                conflict: structuredClone(document),
              });
            }
            if (Buffer.byteLength(JSON.stringify(next)) > LARGEST_DOCUMENT) {
              throw failure('The document is too large: 500 KB at most.', { code: 413 });
            }
            seen = await replace(next);
          }).then(() => callback(), callback);
        },
      };
    },
  };
}

/** The storage as the job's own document store, for a run without the webtask around it. */
export function documentStoreOf(storage: Storage): DocumentStore {
  const handle = storage.handle();
  return {
    read: () =>
      new Promise((resolve, reject) => {
        handle.get((error, data) => (error ? reject(error) : resolve(data)));
      }),
    write: (document) =>
      new Promise((resolve, reject) => {
        handle.set(document, {}, (error) => {
          if (!error) resolve();
          else if (error instanceof Error && 'conflict' in error) reject(new StorageConflict(error.message));
          else reject(error);
        });
      }),
  };
}

/**
 * Ends the lease that a killed run has left. The folder belongs to this process alone, so nobody can be
 * running; waiting for the lease to expire would cost a run, and watching it time. The lease itself stays: from it the next run
 * leaves the record of the one that was cut off.
 */
export async function expireLease(storage: Storage, now: number): Promise<void> {
  const document = storage.document();
  if (typeof document !== 'object' || document === null || !('lease' in document)) return;
  const { lease } = document;
  if (typeof lease !== 'object' || lease === null) return;
  const expiresAt = new Date(now - CLOCKS_DIFFER_MS).toISOString();
  await new Promise<void>((resolve, reject) => {
    storage
      .handle()
      .set({ ...document, lease: { ...lease, expiresAt } }, {}, (error) =>
        error ? reject(error) : resolve(),
      );
  });
}
