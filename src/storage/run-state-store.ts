import { ExportError } from '../errors';
import { retry, type Try } from '../retry';
import type { Clock } from '../time';
import { dropOldest, fitDocument } from './run-history';
import { parseRunState, type RunState } from './run-state';

/** Thrown by `write` when somebody else has written since the last `read`. */
export class StorageConflict extends Error {
  override readonly name = 'StorageConflict';
}

/** A place for one JSON document, in which a write is refused when it would undo another's. */
export interface DocumentStore {
  /** The document, or `undefined` where there is none yet. */
  read(): Promise<unknown>;
  /**
   * Replaces the document.
   *
   * @throws {StorageConflict} when it has changed since this store last read or wrote it
   */
  write(document: object): Promise<void>;
}

const TRIES = 4;
const FIRST_WAIT_MS = 100;
/** A storage that says nothing for this long has failed. */
const LONGEST_ANSWER_MS = 4_000;
/** What is left for the report and for the write after this one, as far as there is time for both. */
const LEFT_FOR_OTHERS_MS = 1_000;
/** What the last write of a run gets, however little of the run's time is left. */
const SHORTEST_WORK_MS = 250;
/** Others write at the beginning and the end of a run; so many conflicts in a row are a fault. */
const MOST_CONFLICTS = 10;
const TOO_LARGE =
  /too (large|big)|\b(size|bytes|[km]b)\b.*(limit|exceed|max)|(limit|exceed|max).*\b(size|bytes|[km]b)\b/i;

/** The stored state of the runs, read, parsed, kept within its size and written without losing others' writes. */
export interface RunStateStore {
  /**
   * @throws {ExportError} `storage_read` or `storage_damaged`
   */
  read(): Promise<RunState>;
  /**
   * Writes what `change` makes of the state as it is in the storage. When somebody else has written
   * meanwhile, it is read and changed again.
   *
   * @param change pure; called again after a conflict; `undefined` writes nothing
   * @returns the state that is now stored
   * @throws {ExportError} `storage_read`, `storage_damaged`, `storage_write`, and what `change` throws
   */
  update(change: (state: RunState) => RunState | undefined): Promise<RunState>;
}

/** Whether the storage says of a document that it takes none of this size. */
function isTooLarge(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && error.code === 413) return true;
  return 'message' in error && TOO_LARGE.test(String(error.message));
}

const writeFailed = (cause: unknown) =>
  new ExportError(
    'storage_write',
    'The state could not be stored, so the checkpoint could not be moved. What was sent since is sent again by the next run, which Segment recognises. If this persists, the storage is full or unavailable.',
    cause,
  );

/**
 * Makes the store of the runs' state.
 *
 * @param store where the document is
 * @param clock waits between tries
 * @param remaining milliseconds that the run has left for this, within which a read or write is given up
 * @param onDamaged where it is given, a damaged document counts as none, and it is told; else reading fails
 */
export function createRunStateStore({
  store,
  clock,
  remaining,
  onDamaged,
}: {
  store: DocumentStore;
  clock: Clock;
  remaining: () => number;
  onDamaged?: (() => void) | undefined;
}): RunStateStore {
  // What is in the storage as far as we know: a write needs no read before it while nobody else writes.
  let known: RunState | undefined;

  const answered = async <T>(work: Promise<T>, until: number): Promise<T> => {
    const done = new AbortController();
    const ms = Math.min(LONGEST_ANSWER_MS, until - clock.monotonic());
    const late = clock.sleep(ms, done.signal).then(() => {
      throw new Error('no answer in time');
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      late.catch(() => {});
      done.abort();
    }
  };

  const retried = async <T>(work: () => Promise<T>): Promise<T> => {
    const until = clock.monotonic() + Math.max(SHORTEST_WORK_MS, remaining() - LEFT_FOR_OTHERS_MS);
    const attempt = async (): Promise<Try<T, unknown>> => {
      try {
        return { done: await answered(work(), until) };
      } catch (error) {
        if (error instanceof StorageConflict || isTooLarge(error)) throw error;
        return { failed: error };
      }
    };
    const result = await retry(attempt, {
      backoff: (tries) => FIRST_WAIT_MS * 2 ** (tries - 1),
      hasTimeFor: (ms) => clock.monotonic() + ms < until,
      sleep: clock.sleep,
      mostTries: TRIES,
    });
    if ('done' in result) return result.done;
    throw result.failed;
  };

  const read = async (): Promise<RunState> => {
    let document: unknown;
    try {
      document = await retried(() => store.read());
    } catch (error) {
      throw new ExportError(
        'storage_read',
        'The stored state could not be read, so the checkpoint is not known and nothing was exported. This is usually temporary; the next run tries again.',
        error,
      );
    }
    try {
      known = parseRunState(document);
    } catch (error) {
      if (!onDamaged) throw error;
      onDamaged();
      known = { ...parseRunState(undefined), checkpointLost: true };
    }
    return known;
  };

  const write = async (state: RunState): Promise<RunState> => {
    const fitted = fitDocument(state);
    try {
      await retried(() => store.write(fitted));
      return fitted;
    } catch (error) {
      if (error instanceof StorageConflict) throw error;
      // The limit is the platform's; where it is lower than thought, the history gives way to the checkpoint.
      if (isTooLarge(error) && fitted.logs.length > 0) {
        return write(dropOldest(fitted, Math.ceil(fitted.logs.length / 2)));
      }
      throw writeFailed(error);
    }
  };

  return {
    read,
    update: async (change) => {
      for (let conflicts = 1; ; conflicts += 1) {
        const state = known ?? (await read());
        const changed = change(state);
        if (!changed) return state;
        try {
          known = await write(changed);
          return known;
        } catch (error) {
          known = undefined;
          if (!(error instanceof StorageConflict)) throw error;
          if (conflicts === MOST_CONFLICTS) throw writeFailed(error);
        }
      }
    },
  };
}
