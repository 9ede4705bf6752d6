import { LRUCache } from 'lru-cache';
import type { UserCache } from './find-users';
import type { User } from './user';

/** A profile may be this old when it is sent. */
const LONGEST_MS = 2 * 60 * 1000;
const MOST_USERS = 5_000;
/** Characters of JSON; older tenants hold profiles of up to 1 MB. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Makes a cache of profiles, bounded by their number, size and age. */
export function createUserCache(): UserCache {
  return new LRUCache<string, User>({
    max: MOST_USERS,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (user) => JSON.stringify(user).length,
    ttl: LONGEST_MS,
  });
}
