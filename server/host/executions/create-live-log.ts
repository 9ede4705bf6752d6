import { randomUUID } from 'node:crypto';
import type { LiveEvent } from './live-event';

/** Lines that somebody who starts to watch is shown. */
const REMEMBERED = 500;

/** What happens in the host, for those who watch. */
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
  let remembered: LiveEvent[] = [];
  let last = 0;
  return {
    name: randomUUID().slice(0, 8),
    add: (event) => {
      last += 1;
      const whole = { ...event, id: last, at: new Date(now()).toISOString() };
      remembered = [...remembered.slice(1 - REMEMBERED), whole];
      for (const watcher of watchers) watcher(whole);
    },
    watch: (after, onEvent) => {
      for (const event of remembered) if (event.id > after) onEvent(event);
      watchers.add(onEvent);
      return () => watchers.delete(onEvent);
    },
  };
}
