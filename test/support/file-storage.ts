import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CLOCKS_DIFFER_MS } from '../../src/storage/document-store';
import type { WebtaskStorage } from '../../src/storage/webtask-storage';

/** A webtask's storage in a file, which outlives a process that is killed. For one process at a time. */
export interface FileStorage {
  document(): unknown;
  /** The handle that one execution gets in its context. */
  handle(): WebtaskStorage;
}

/** Opens the storage in a folder. A lease that a killed process has left is over: nobody else can be running. */
export async function openFileStorage(folder: string): Promise<FileStorage> {
  const path = join(folder, 'storage.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  let document: unknown = text === undefined ? undefined : withoutHeldLease(JSON.parse(text));
  let version = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const replace = async (next: unknown) => {
    const aside = `${path}.${randomBytes(4).toString('hex')}`;
    const file = await open(aside, 'wx');
    await file.writeFile(JSON.stringify(next));
    await file.sync();
    await file.close();
    await rename(aside, path);
    document = next;
    version += 1;
    return version;
  };
  return {
    document: () => structuredClone(document),
    handle: () => {
      let seen = version;
      return {
        get: (callback) => {
          seen = version;
          callback(null, structuredClone(document));
        },
        set: (data, _options, callback) => {
          const next = structuredClone(data);
          const written = queue.then(async () => {
            if (seen !== version) throw Object.assign(new Error('conflict'), { code: 409 });
            seen = await replace(next);
          });
          queue = written.catch(() => {});
          written.then(() => callback(), callback);
        },
      };
    },
  };
}

function withoutHeldLease(document: unknown): unknown {
  if (typeof document !== 'object' || document === null || !('lease' in document)) return document;
  const { lease } = document;
  if (typeof lease !== 'object' || lease === null) return document;
  return {
    ...document,
    lease: { ...lease, expiresAt: new Date(Date.now() - CLOCKS_DIFFER_MS).toISOString() },
  };
}
