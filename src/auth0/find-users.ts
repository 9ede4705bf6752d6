import type { UsersClient } from 'auth0/users';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import * as v from 'valibot';
import { ExportError } from '../errors/export-error';
import { statusOf } from './status-of';
import { toUserQueries } from './to-user-queries';
import { unwrapError } from './unwrap-error';
import type { User } from './user';

/** Profiles by user id, shared by the runs of one process for as long as the cache keeps them. */
export type UserCache = LRUCache<string, User>;

/** Single lookups at once: many of them are rare, and the rate limit is shared with the tenant's own apps. */
const SINGLE_LOOKUPS = 10;
/** How many ids without a user a run remembers. */
const MOST_GONE = 5_000;

/** Looks up users. */
export type FindUsers = (ids: Iterable<string>) => Promise<Map<string, User>>;

const userShape = v.looseObject({ user_id: v.string() });
const foundShape = v.union([
  v.array(userShape),
  v.pipe(
    v.object({ users: v.array(userShape) }),
    v.transform(({ users }) => users),
  ),
]);

const unexpected = (what: string) =>
  new ExportError(
    'auth0_unexpected',
    `Auth0 answered the request for ${what} with something that is not a user. The logs of these users were not exported; the next run asks again.`,
  );

/**
 * Makes the lookup of one run: many users with one search, those that the search does not know (it lags
 * behind sign-ups by seconds) one by one, each user once however many batches ask for it.
 *
 * @param users the Auth0 client
 * @param cache profiles that are known already; filled with those found
 * @param told of how many users are about to be asked for, and of a user that Auth0 will not look for because
 *   it calls the id malformed
 * @returns a function that answers the users that exist; one that is gone, or whose id Auth0 calls
 *   malformed, is missing from the answer
 */
export function createFindUsers(
  users: UsersClient,
  cache: UserCache,
  told: { onLookUp: (count: number) => void; onMalformed: (id: string) => void },
): FindUsers {
  const pending = new Map<string, Promise<User | undefined>>();
  // For this run only: who signs up again must not be missing from the next.
  const gone = new LRUCache<string, true>({ max: MOST_GONE });
  const limit = pLimit(SINGLE_LOOKUPS);

  const search = async (ids: string[], q: string): Promise<Map<string, User>> => {
    try {
      const page = await users.list({
        q,
        search_engine: 'v3',
        per_page: 100,
        primary_order: false,
        include_totals: false,
      });
      const found = v.safeParse(foundShape, page.response);
      if (!found.success) throw unexpected(`${ids.length} users`);
      return new Map(found.output.map((user) => [user.user_id, user]));
    } catch (error) {
      // A query that Auth0 does not take says nothing about the users: they are asked for one by one.
      if (statusOf(error) !== undefined && unwrapError(error) === error) return new Map();
      throw unwrapError(error);
    }
  };

  const getNow = async (id: string): Promise<User | undefined> => {
    try {
      const found = v.safeParse(userShape, await users.get(id));
      if (!found.success) throw unexpected(`the user ${id}`);
      return found.output;
    } catch (error) {
      const status = statusOf(error);
      if (status === 400 || status === 414) told.onMalformed(id);
      if (status === 400 || status === 404 || status === 414) return undefined;
      throw unwrapError(error);
    }
  };

  const get = (id: string) => limit(getNow, id);

  const start = (ids: string[]) => {
    if (ids.length > 0) told.onLookUp(ids.length);
    const lookUp = (id: string, user: Promise<User | undefined>) => {
      user
        .then(
          (found) => {
            if (found) cache.set(id, found);
            else gone.set(id, true);
          },
          () => {},
        )
        .finally(() => pending.delete(id));
      pending.set(id, user);
    };
    const queries = toUserQueries(ids);
    for (const { ids: asked, q } of queries) {
      const found = search(asked, q);
      for (const id of asked)
        lookUp(
          id,
          found.then((known) => known.get(id) ?? get(id)),
        );
    }
    for (const id of ids) if (!pending.has(id)) lookUp(id, get(id));
  };

  return async (ids) => {
    const found = new Map<string, User>();
    const unknown: string[] = [];
    const waiting: [string, Promise<User | undefined>][] = [];
    for (const id of new Set(ids)) {
      const user = cache.get(id);
      const asked = pending.get(id);
      // Half of a character has no place in any address.
      if (!id.isWellFormed()) told.onMalformed(id);
      else if (user) found.set(id, user);
      else if (gone.has(id)) continue;
      else if (asked) waiting.push([id, asked]);
      else unknown.push(id);
    }
    start(unknown);
    for (const id of unknown) {
      const asked = pending.get(id);
      if (asked) waiting.push([id, asked]);
    }
    await Promise.all(
      waiting.map(async ([id, asked]) => {
        const user = await asked;
        if (user) found.set(id, user);
      }),
    );
    return found;
  };
}
