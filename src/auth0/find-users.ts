import type { UsersClient } from 'auth0/users';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import * as v from 'valibot';
import { ExportError } from '../errors/export-error';
import { statusOf } from './status-of';
import { toUserQueries } from './to-user-queries';
import { unwrapError } from './unwrap-error';
import type { User } from './user';

/** Single lookups at once: many of them are rare, and the rate limit is shared with the tenant's own apps. */
const SINGLE_LOOKUPS = 10;
/** How many ids without a user a run remembers. */
const MOST_GONE = 5_000;

/** Looks up users, and answers by user id what is kept of them. */
export type FindUsers<Kept> = (ids: Iterable<string>) => Promise<Map<string, Kept>>;

/** What a lookup works with. */
export interface FindUsersOptions<Kept extends object> {
  /** Users that are known already, by id; filled with those found. */
  cache: LRUCache<string, Kept>;
  /** Makes of a user what is kept and answered of it, so that no whole profile is held for longer than that. */
  keep: (user: User, id: string) => Kept;
  /** Told how many users are about to be asked for. */
  onLookUp: (count: number) => void;
  /** Told of a user that Auth0 will not look for because it calls the id malformed. */
  onMalformed: (id: string) => void;
}

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
 * @returns a function that answers the users that exist; one that is gone, or whose id Auth0 calls
 *   malformed, is missing from the answer
 */
export function createFindUsers<Kept extends object>(
  users: UsersClient,
  { cache, keep, onLookUp, onMalformed }: FindUsersOptions<Kept>,
): FindUsers<Kept> {
  const pending = new Map<string, Promise<Kept | undefined>>();
  // For this run only: who signs up again must not be missing from the next.
  const gone = new LRUCache<string, true>({ max: MOST_GONE });
  const limit = pLimit(SINGLE_LOOKUPS);

  const search = async (ids: string[], q: string): Promise<Map<string, Kept>> => {
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
      return new Map(found.output.map((user) => [user.user_id, keep(user, user.user_id)]));
    } catch (error) {
      // A query that Auth0 does not take says nothing about the users: they are asked for one by one.
      if (statusOf(error) !== undefined && unwrapError(error) === error) return new Map();
      throw unwrapError(error);
    }
  };

  const getNow = async (id: string): Promise<Kept | undefined> => {
    try {
      const found = v.safeParse(userShape, await users.get(id));
      if (!found.success) throw unexpected(`the user ${id}`);
      return keep(found.output, id);
    } catch (error) {
      const status = statusOf(error);
      if (status === 400 || status === 414) onMalformed(id);
      if (status === 400 || status === 404 || status === 414) return undefined;
      throw unwrapError(error);
    }
  };

  const get = (id: string) => limit(getNow, id);

  const start = (ids: string[]) => {
    if (ids.length > 0) onLookUp(ids.length);
    const lookUp = (id: string, user: Promise<Kept | undefined>) => {
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
    const found = new Map<string, Kept>();
    const unknown: string[] = [];
    const waiting: [string, Promise<Kept | undefined>][] = [];
    for (const id of new Set(ids)) {
      const user = cache.get(id);
      const asked = pending.get(id);
      // Half of a character has no place in any address.
      if (!id.isWellFormed()) onMalformed(id);
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
