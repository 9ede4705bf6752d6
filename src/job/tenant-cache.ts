import { LRUCache } from 'lru-cache';
import { type AccessToken, createAccessToken } from '../auth0/access-token';
import type { FoundUser } from '../auth0/users';
import type { CallShape } from '../choices/shape';
import type { SegmentUser } from '../segment/profile';

/** A profile may be this old when it is sent. */
const LONGEST_MS = 2 * 60 * 1000;
const MOST_USERS = 5_000;
/** A user's properties and traits are 64 KB at most. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What Segment gets of users, by user id. */
export type UserCache = LRUCache<string, FoundUser<SegmentUser> & { kept: SegmentUser }>;

/** What a process keeps of a tenant from one run to the next, in memory alone. */
export interface TenantCache {
  /**
   * The users that were made for calls of this shape. Those that were made for another one are dropped: a field
   * that is excluded now may be in them.
   */
  usersFor(shape: CallShape): UserCache;
  accessToken: AccessToken;
}

const createUserCache = (): UserCache =>
  new LRUCache({
    max: MOST_USERS,
    maxSize: MOST_BYTES,
    sizeCalculation: ({ kept: { properties, traits } }) => properties.json.length + traits.json.length,
    ttl: LONGEST_MS,
  });

/** Makes the memory of a tenant. Its users are bounded by their number, size and age. */
export function createTenantCache(): TenantCache {
  let users = createUserCache();
  let madeFor: string | undefined;
  return {
    accessToken: createAccessToken(),
    usersFor: (shape) => {
      const key = JSON.stringify(shape);
      if (madeFor !== undefined && madeFor !== key) users = createUserCache();
      madeFor = key;
      return users;
    },
  };
}
