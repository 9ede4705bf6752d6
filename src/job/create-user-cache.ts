import { LRUCache } from 'lru-cache';
import type { SegmentUser } from '../segment/to-segment-user';

/** A profile may be this old when it is sent. */
const LONGEST_MS = 2 * 60 * 1000;
const MOST_USERS = 5_000;
/** A user's properties and traits are 64 KB at most. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What Segment gets of users, by user id, shared by the runs of one process for as long as it is kept. */
export type UserCache = LRUCache<string, SegmentUser>;

/** Makes a cache of users, bounded by their number, size and age. */
export function createUserCache(): UserCache {
  return new LRUCache<string, SegmentUser>({
    max: MOST_USERS,
    maxSize: MOST_BYTES,
    sizeCalculation: ({ properties, traits }) =>
      properties.json.length + (typeof traits === 'string' ? traits : traits.json).length,
    ttl: LONGEST_MS,
  });
}
