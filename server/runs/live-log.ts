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
