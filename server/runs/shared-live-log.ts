import type { Clock } from '../../src/time';
import type { LiveEventRow, LiveEvents } from '../database/postgres/live-events';
import { troubleInWords } from '../errors';
import type { LiveEvent, LiveLog } from './live-log';

/** What happens here is written this often. */
const APPEND_EVERY_MS = 500;
/** What happens elsewhere is read this often, while somebody watches. */
const READ_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;
const KEPT_MS = 5 * 60_000;
/** Events that are read at once, and that wait to be written at most: the newest. */
const MOST_EVENTS = 1_000;
/** Events that somebody who starts to watch is shown. */
const REMEMBERED = 500;

/** A live log of several processes, as its own process has it. */
export interface SharedLiveLog extends LiveLog {
  /** Writes what is still to be written, and ends. */
  close(): Promise<void>;
}

/** What it is started with. */
interface SharedLiveLogOptions {
  events: LiveEvents;
  /** Id of this process. */
  worker: string;
  /** By the clock of the database. */
  clock: Clock;
  /** Told of what goes wrong, in words. */
  onTrouble: (message: string) => void;
}

/** Somebody who watches. */
interface Watcher {
  /** Id of the last event that was seen; `undefined` until it is known what there is. */
  seen: number | undefined;
  onEvent: (event: LiveEvent) => void;
}

/**
 * Starts a live log that shows what happens in all processes on a database. Changes of what is kept are noticed by each
 * by itself, so they are told to those alone who watch here.
 */
export function createSharedLiveLog(options: SharedLiveLogOptions): SharedLiveLog {
  const { events, worker, clock, onTrouble } = options;
  const ended = new AbortController();
  const watchers = new Set<Watcher>();
  let pending: Omit<LiveEventRow, 'id' | 'at'>[] = [];
  let prunedAt = Number.NEGATIVE_INFINITY;
  let isTroubled = false;

  /** @param work resolves with whether it has asked the database anything */
  const guarded = async (work: () => Promise<boolean>): Promise<void> => {
    try {
      if (await work()) isTroubled = false;
    } catch (error) {
      if (!isTroubled) onTrouble(`What happens now cannot be shown as it does: ${troubleInWords(error)}`);
      isTroubled = true;
    }
  };

  const append = async (): Promise<boolean> => {
    const batch = pending;
    if (batch.length > 0) {
      await events.append(batch);
      const written = new Set(batch);
      pending = pending.filter((event) => !written.has(event));
    }
    if (clock.monotonic() - prunedAt < PRUNE_EVERY_MS) return batch.length > 0;
    prunedAt = clock.monotonic();
    await events.prune(KEPT_MS);
    return true;
  };

  const tell = (watcher: Watcher, event: LiveEventRow): void => {
    const { worker: _, ...shown } = event;
    watcher.seen = event.id;
    watcher.onEvent(shown);
  };

  const read = async (): Promise<boolean> => {
    for (const watcher of watchers) watcher.seen ??= Math.max(0, (await events.newest()) - REMEMBERED);
    // Whoever watched may have left while it was asked.
    if (watchers.size === 0) return true;
    const from = Math.min(...[...watchers].map(({ seen = 0 }) => seen));
    const found = await events.after(from, MOST_EVENTS);
    for (const event of found) {
      for (const watcher of watchers) {
        if (watcher.seen !== undefined && event.id > watcher.seen) tell(watcher, event);
      }
    }
    if (found.length > 0) return true;
    // After a crash of its server the database counts them anew.
    const newest = await events.newest();
    for (const watcher of watchers) {
      if (watcher.seen !== undefined && watcher.seen > newest) watcher.seen = 0;
    }
    return true;
  };

  const repeat = async (work: () => Promise<boolean>, everyMs: number, isOver: () => boolean) => {
    while (!ended.signal.aborted && !isOver()) {
      await guarded(work);
      await clock.sleep(everyMs, ended.signal).catch(() => {});
    }
  };
  const appending = repeat(append, APPEND_EVERY_MS, () => false);
  let reading: Promise<void> | undefined;
  const keepReading = (): void => {
    reading ??= repeat(read, READ_EVERY_MS, () => watchers.size === 0).then(() => {
      reading = undefined;
    });
  };

  return {
    name: 'shared',
    add: (event) => {
      if (event.kind === 'change') {
        const at = new Date(clock.now()).toISOString();
        for (const { seen = 0, onEvent } of watchers) onEvent({ ...event, at, id: seen });
        return;
      }
      pending = [...pending, { ...event, worker }].slice(-MOST_EVENTS);
    },
    watch: (after, onEvent) => {
      const watcher: Watcher = { seen: after > 0 ? after : undefined, onEvent };
      watchers.add(watcher);
      keepReading();
      return () => watchers.delete(watcher);
    },
    close: async () => {
      ended.abort();
      await appending;
      await reading;
      await guarded(append);
    },
  };
}
