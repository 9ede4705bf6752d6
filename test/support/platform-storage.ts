import type { WebtaskStorage } from '../../src/storage/webtask-storage';

/** A fault of the storage: what a call is answered, and whether a write is done all the same. */
export type StorageFault = 'hang' | { error: object; isDone?: boolean };

/** The platform's storage of one webtask, as several executions share it. */
export interface PlatformStorage {
  /** The handle that one execution gets in its context. */
  handle(): WebtaskStorage;
  /** What is stored. */
  document(): unknown;
  /** Writes as somebody else. */
  overwrite(document: unknown): void;
  /** The next calls of a kind fail; each fault strikes once, and `undefined` lets one call pass. */
  fail(kind: 'get' | 'set', ...faults: (StorageFault | undefined)[]): void;
  /** The faults that have not struck yet are taken back. */
  heal(): void;
  /** Called before each write is looked at, so that somebody else can write first. */
  onSet: (() => void) | undefined;
  readonly gets: number;
  readonly sets: number;
}

/**
 * Makes a storage that behaves as the platform's: a handle remembers the version that it read, and its write
 * without `force` is refused with 409 when there is another by then. Documents travel as JSON.
 */
export function platformStorage(initial?: unknown): PlatformStorage {
  let json = initial === undefined ? undefined : JSON.stringify(initial);
  let version = 0;
  const count = { get: 0, set: 0 };
  const faults: Record<'get' | 'set', (StorageFault | undefined)[]> = { get: [], set: [] };
  const store = (data: unknown) => {
    json = JSON.stringify(data);
    version += 1;
  };
  const storage: PlatformStorage = {
    onSet: undefined,
    handle: () => {
      let read: number | undefined;
      return {
        get: (callback) => {
          count.get += 1;
          const fault = faults.get.shift();
          if (fault === 'hang') return;
          setImmediate(() => {
            if (fault) return callback(fault.error);
            read = version;
            callback(null, json === undefined ? undefined : JSON.parse(json));
          });
        },
        set: (data, options, callback) => {
          count.set += 1;
          const fault = faults.set.shift();
          if (fault === 'hang') return;
          setImmediate(() => {
            if (fault && !fault.isDone) return callback(fault.error);
            storage.onSet?.();
            if (!('force' in options && options.force) && read !== version) {
              return callback(Object.assign(new Error('Conflict'), { code: 409, conflict: true }));
            }
            store(data);
            // The answer that is lost would have told the handle its new version.
            if (fault) return callback(fault.error);
            read = version;
            callback();
          });
        },
      };
    },
    document: () => (json === undefined ? undefined : JSON.parse(json)),
    overwrite: store,
    fail: (kind, ...more) => {
      faults[kind].push(...more);
    },
    heal: () => {
      faults.get.length = 0;
      faults.set.length = 0;
    },
    get gets() {
      return count.get;
    },
    get sets() {
      return count.set;
    },
  };
  return storage;
}
