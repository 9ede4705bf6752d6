import type { WebtaskStorage } from '../../src/storage/webtask-store';

type Callback = (error: unknown, data?: unknown) => void;

/** The document of one webtask on the platform, and handles to it. */
export interface PlatformStorage {
  /** What is stored now, as text. */
  text: string | undefined;
  /** How often it was written. */
  writes: number;
  /** What is done to the next reads and writes: an error to answer, or `hang`; taken in turn. */
  readFaults: unknown[];
  writeFaults: unknown[];
  /** Called before each write, to write something else first. */
  beforeWrite: (() => void) | undefined;
  /** A handle that behaves as the platform's: a write is checked against what this handle last saw. */
  handle(): WebtaskStorage;
}

/**
 * The platform's storage as the field has it: every request has a handle of its own, a write without
 * `force` fails with code 409 when the document has changed since the handle saw it.
 */
export function createPlatformStorage(initial?: object | string): PlatformStorage {
  const storage: PlatformStorage = {
    text: typeof initial === 'object' ? JSON.stringify(initial) : initial,
    writes: 0,
    readFaults: [],
    writeFaults: [],
    beforeWrite: undefined,
    handle: () => {
      let seen: string | undefined;
      return {
        get: (callback: Callback) => {
          const fault = storage.readFaults.shift();
          if (fault === 'hang') return;
          if (fault) return void setImmediate(callback, fault);
          seen = storage.text;
          let data: unknown;
          try {
            data = seen === undefined ? undefined : JSON.parse(seen);
          } catch {
            data = seen;
          }
          setImmediate(callback, null, data);
        },
        set: (data: unknown, options: { force?: number }, callback: (error?: unknown) => void) => {
          const fault = storage.writeFaults.shift();
          if (fault === 'hang') return;
          if (fault) return void setImmediate(callback, fault);
          storage.beforeWrite?.();
          if (!options.force && seen !== storage.text) {
            const error = Object.assign(new Error('conflict'), { code: 409, conflict: true });
            return void setImmediate(callback, error);
          }
          storage.text = JSON.stringify(data);
          storage.writes += 1;
          seen = storage.text;
          setImmediate(callback);
        },
      };
    },
  };
  return storage;
}
