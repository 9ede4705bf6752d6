import { randomUUID } from 'node:crypto';

/** Something that happened just now. */
export interface LiveEvent {
  /** Counted from 1 since this process started. */
  id: number;
  /** ISO 8601. */
  at: string;
  kind: 'line' | 'begin' | 'end' | 'change';
  /** Name of the tenant that it is about; empty where it is about several, or none. */
  tenant: string;
  /** The run that it is about; empty where it is about none. */
  run: string;
  text: string;
}

/** An event of all processes: its id is counted and its time told by the database. */
export interface SharedLiveEvent extends LiveEvent {
  /** Id of the process that it happened in. */
  worker: string;
}

/** What happens in all processes, kept for minutes only. Implemented by the database alone. */
export interface LiveEvents {
  /**
   * Adds events in their order. Ids are given in the order in which they can be read: whoever has read one has missed
   * none with a smaller one, also where several processes append at once.
   */
  append(events: readonly Omit<SharedLiveEvent, 'id' | 'at'>[]): Promise<void>;
  /** The events after one, in the order of their ids. */
  after(id: number, limit: number): Promise<SharedLiveEvent[]>;
  /** Id of the newest; 0 where there is none. */
  newest(): Promise<number>;
  /** Drops what is older than some milliseconds. */
  prune(olderThanMs: number): Promise<void>;
}

/** Events that somebody who starts to watch is shown. */
const REMEMBERED = 500;

/** What happens in this process, for those who watch. */
export interface LiveLog {
  /** Random: tells the events of this process from those of another. */
  readonly name: string;
  add(event: Omit<LiveEvent, 'id' | 'at'>): void;
  /**
   * Watches.
   *
   * @param after id of the last event that was seen, 0 for none; what is still remembered of those after it comes
   *   first
   * @returns ends it
   */
  watch(after: number, onEvent: (event: LiveEvent) => void): () => void;
}

/** Starts a live log. */
export function createLiveLog(now: () => number): LiveLog {
  const watchers = new Set<(event: LiveEvent) => void>();
  const remembered: LiveEvent[] = [];
  let last = 0;
  return {
    name: randomUUID().slice(0, 8),
    add: (event) => {
      last += 1;
      const whole = { ...event, id: last, at: new Date(now()).toISOString() };
      // Whoever begins to watch has just looked at everything.
      if (event.kind !== 'change') remembered.push(whole);
      if (remembered.length > REMEMBERED) remembered.shift();
      for (const watcher of watchers) watcher(whole);
    },
    watch: (after, onEvent) => {
      for (const event of remembered) if (event.id > after) onEvent(event);
      watchers.add(onEvent);
      return () => watchers.delete(onEvent);
    },
  };
}
