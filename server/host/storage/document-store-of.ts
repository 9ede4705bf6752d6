import { type DocumentStore, StorageConflict } from '../../../src/storage/document-store';
import type { Storage } from './create-storage';

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
