import { ExportError } from '../errors';
import { retry, type Try } from '../retry';
import type { Clock } from '../time';
import { dropOldest, fitDocument, parseRunDocument, type RunDocument, toStored } from './run-document';
import { addRun, listRuns, sumRuns } from './run-history';
import type { OpenRunStore } from './run-store';

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

/** Whether the storage says of a document that it takes none of this size. */
function isTooLarge(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && error.code === 413) return true;
  return 'message' in error && TOO_LARGE.test(String(error.message));
}

const writeFailed = (cause: unknown) =>
  new ExportError(
    'storage_write',
    'The state could not be stored, so the checkpoint could not be moved.',
    cause,
  );

/**
 * The clocks of two machines may differ by this without a run ever taking the lease of one that is alive. Such a
 * storage has no clock of its own to ask. Shorter than the time between two scheduled runs, so that the one after
 * a run that was cut off need not watch.
 */
export const CLOCKS_DIFFER_MS = 120_000;

/** What of a run store's options a document needs. */
type OpenOptions = Parameters<OpenRunStore>[0];

/** Reads and writes the one document, and knows what is in it. */
function openDocument(store: DocumentStore, clock: Clock, { remaining, onDamaged }: OpenOptions) {
  // What is in the storage as far as we know: a write needs no read before it while nobody else writes.
  let known: RunDocument | undefined;

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

  const read = async (): Promise<RunDocument> => {
    let document: unknown;
    try {
      document = await retried(() => store.read());
    } catch (error) {
      throw new ExportError(
        'storage_read',
        'The stored state could not be read, so the checkpoint is not known and nothing was sent.',
        error,
      );
    }
    try {
      known = parseRunDocument(document);
    } catch (error) {
      if (!onDamaged) throw error;
      onDamaged();
      const { state, ...empty } = parseRunDocument(undefined);
      known = { ...empty, state: { ...state, checkpointLost: true } };
    }
    return known;
  };

  const write = async (document: RunDocument): Promise<RunDocument> => {
    const fitted = fitDocument(document);
    try {
      await retried(() => store.write(toStored(fitted)));
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
    /** As it was last seen; read where it has not been. */
    seen: async (): Promise<RunDocument> => known ?? (await read()),
    update: async (change: (document: RunDocument) => RunDocument | undefined): Promise<RunDocument> => {
      for (let conflicts = 1; ; conflicts += 1) {
        const document = known ?? (await read());
        const changed = change(document);
        if (!changed) return document;
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

/**
 * Keeps state and history of the runs in one JSON document, within its size and without losing others' writes. The
 * history is answered from the document as it was last read or written.
 *
 * @param store where the document is
 * @param clock by whose time leases are given, and waits between tries end
 */
export function openDocumentRunStore(store: DocumentStore, clock: Clock): OpenRunStore {
  return (options) => {
    const document = openDocument(store, clock, options);
    return {
      state: {
        clocksDifferMs: CLOCKS_DIFFER_MS,
        read: async () => (await document.read()).state,
        update: async (change) => {
          const updated = await document.update((before) => {
            const changed = change(before.state, clock.now());
            if (!changed) return undefined;
            const { state, ended = [] } = changed;
            return {
              ...before,
              state,
              logs: ended.reduce((logs, { record }) => addRun(logs, record), before.logs),
            };
          });
          return updated.state;
        },
      },
      history: {
        list: async (query) => listRuns((await document.seen()).logs, query),
        sums: async (span) => {
          const { logs, logsDroppedUntil } = await document.seen();
          const isWhole = logsDroppedUntil === undefined || Date.parse(logsDroppedUntil) < span.from;
          return { ...sumRuns(logs, span), isWhole };
        },
      },
    };
  };
}
