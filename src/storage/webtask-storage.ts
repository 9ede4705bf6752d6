import WebtaskStorageContext from 'auth0-extension-tools/src/storage/webtaskStorageContext';
import { type DocumentStore, StorageConflict } from './document-store';

/** The storage handle that the platform puts into a webtask's context. */
export interface WebtaskStorage {
  get(callback: (error: unknown, data?: unknown) => void): void;
  set(data: unknown, options: object, callback: (error?: unknown) => void): void;
  /** Auth0's local runtime shows the version of its document, and only checks it where it is told to. */
  readonly etag?: string | null | undefined;
}

const isConflict = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  (('code' in error && error.code === 409) || 'conflict' in error);

/**
 * The platform's storage as a document store. On the platform each handle remembers what it read and a write
 * without `force` is checked against that; the local runtime has one handle for all and checks the version
 * that it is given.
 */
export function createWebtaskStore(storage: WebtaskStorage): DocumentStore {
  let version: string | null | undefined;
  let reads = 0;
  // The version is noted at the moment of the answer: a turn later, the one handle of the local runtime may
  // show that of another execution's write.
  const handle: WebtaskStorage = {
    get: (callback) => {
      reads += 1;
      const read = reads;
      storage.get((error, data) => {
        // An answer that comes after the next question was asked belongs to nobody any more.
        if (read !== reads) return;
        version = storage.etag;
        // The local runtime hands out its own object: what is changed in it would be stored unasked.
        callback(error, structuredClone(data));
      });
    },
    set: (data, options, callback) =>
      storage.set(data, options, (error) => {
        if (!error) version = storage.etag;
        callback(error);
      }),
  };
  return {
    read: () => new WebtaskStorageContext(handle, { force: 0 }).read(),
    write: async (document) => {
      const options = version === undefined ? {} : { etag: version };
      try {
        await new WebtaskStorageContext(handle, options).write(structuredClone(document));
      } catch (error) {
        if (isConflict(error)) throw new StorageConflict('The document was changed by somebody else');
        throw error;
      }
    },
  };
}
