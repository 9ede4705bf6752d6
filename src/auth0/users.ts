import type { UsersClient } from 'auth0/users';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import * as v from 'valibot';
import { ExportError } from '../errors';
import { statusOf, unwrapError } from './errors';

/** The most ids that one search asks for: about 2.5 KB of address. */
const MOST_IDS = 50;
/** Bytes of the encoded query at most: Auth0 answers 414 for addresses over 8 KB. */
const LONGEST_QUERY = 7_000;

/** One search for several users: the ids it asks for and its query. */
interface UserQuery {
  ids: string[];
  /** Lucene syntax, not URL-encoded. */
  q: string;
}

const quote = (id: string) => `"${id.replace(/["\\]/g, '\\$&')}"`;

/**
 * Splits user ids into as few searches as their addresses have room for. An id that is too long for any is
 * left out.
 */
export function toUserQueries(ids: readonly string[]): UserQuery[] {
  const groups: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const size = encodeURIComponent(`${quote(id)} OR `).length;
    if (size > LONGEST_QUERY) continue;
    const group = groups.at(-1);
    if (group && size <= room && group.length < MOST_IDS) group.push(id);
    else {
      groups.push([id]);
      room = LONGEST_QUERY;
    }
    room -= size;
  }
  return groups.map((group) => ({ ids: group, q: `user_id:(${group.map(quote).join(' OR ')})` }));
}

/** A user's profile as the Management API answers it. */
export interface User {
  user_id: string;
  [field: string]: unknown;
}

/** Single lookups at once: many of them are rare, and the rate limit is shared with the tenant's own apps. */
const SINGLE_LOOKUPS = 10;
/** How many ids without a user a run remembers. */
const MOST_GONE = 5_000;

/**
 * The search index is behind the users by seconds, and by minutes when Auth0 has trouble. Once an event is this
 * long ago, what the index holds is taken not to be from before it.
 */
const SETTLED_MS = 60 * 60 * 1000;

/** A user that is looked up for an event, of which nothing older than that event will do. */
export interface WantedUser {
  id: string;
  /** When the latest of the events happened, in milliseconds since 1970 by Auth0's clock. */
  at: number;
  /** Whether one of them is a sign-up: what follows it, such as metadata, may be in the index later than the user. */
  isSignup: boolean;
}

/** What was found of a user, and how old it may be. */
export interface FoundUser<Kept> {
  /** `undefined` where the user is gone. */
  kept: Kept | undefined;
  /** Whether it comes from `/users/{id}`, which sees every change at once. */
  isCurrent: boolean;
  /** When Auth0 answered, in milliseconds since 1970 by its own clock; NaN where it did not say. */
  answeredAt: number;
  /** `updated_at` of the user; NaN where it has none. */
  updatedAt: number;
}

/** Looks up users, and answers by user id what is kept of them. */
export type FindUsers<Kept> = (users: Iterable<WantedUser>) => Promise<Map<string, Kept>>;

/** Whether what was found is no older than the events that it is wanted for. */
function isFresh({ isCurrent, answeredAt, updatedAt }: FoundUser<unknown>, { at, isSignup }: WantedUser) {
  // `Date` has seconds only: the answer came no earlier than it says.
  if (isCurrent) return answeredAt >= at;
  return (!isSignup && updatedAt >= at) || answeredAt - at >= SETTLED_MS;
}

/** What a lookup works with. */
interface FindUsersOptions<Kept extends object> {
  /** Users that are known already, by id; filled with those found. */
  cache: LRUCache<string, FoundUser<Kept> & { kept: Kept }>;
  /** Makes of a user what is kept and answered of it, so that no whole profile is held for longer than that. */
  keep: (user: User, id: string) => Kept;
  /** Told how many users are about to be asked for. */
  onLookUp: (count: number) => void;
  /** Told of a user that Auth0 will not look for because it calls the id malformed. */
  onMalformed: (id: string) => void;
}

const userShape = v.looseObject({
  user_id: v.string(),
  updated_at: v.fallback(v.optional(v.string()), undefined),
});
const dateOf = ({ headers }: { headers: Headers }) => Date.parse(headers.get('date') ?? '');
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
    `Auth0 answered the request for ${what} with something that is not a user. The logs of these users were not sent.`,
  );

/**
 * Makes the lookup of one run: many users with one search, those whose search result is missing or may be older
 * than their events one by one, each user once however many batches ask for it.
 *
 * @param users the Auth0 client
 * @returns a function that answers the users that exist; one that is gone, or whose id Auth0 calls
 *   malformed, is missing from the answer
 */
export function createFindUsers<Kept extends object>(
  users: UsersClient,
  { cache, keep, onLookUp, onMalformed }: FindUsersOptions<Kept>,
): FindUsers<Kept> {
  const pending = new Map<string, Promise<FoundUser<Kept>>>();
  // For this run only: who signs up again must not be missing from the next.
  const gone = new LRUCache<string, true>({ max: MOST_GONE });
  const limit = pLimit(SINGLE_LOOKUPS);

  const search = async (ids: string[], q: string): Promise<Map<string, FoundUser<Kept>>> => {
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
      const answeredAt = dateOf(page.rawResponse);
      return new Map(
        found.output.map((user) => [
          user.user_id,
          {
            kept: keep(user, user.user_id),
            isCurrent: false,
            answeredAt,
            updatedAt: Date.parse(user.updated_at ?? ''),
          },
        ]),
      );
    } catch (error) {
      // A query that Auth0 does not take says nothing about the users: they are asked for one by one.
      if (statusOf(error) !== undefined && unwrapError(error) === error) return new Map();
      throw unwrapError(error);
    }
  };

  const getNow = async (id: string): Promise<FoundUser<Kept>> => {
    try {
      const { data, rawResponse } = await users.get(id).withRawResponse();
      const found = v.safeParse(userShape, data);
      if (!found.success) throw unexpected(`the user ${id}`);
      return {
        kept: keep(found.output, id),
        isCurrent: true,
        answeredAt: dateOf(rawResponse),
        updatedAt: Date.parse(found.output.updated_at ?? ''),
      };
    } catch (error) {
      const status = statusOf(error);
      if (status === 400 || status === 414) onMalformed(id);
      if (status === 400 || status === 404 || status === 414) {
        return { kept: undefined, isCurrent: true, answeredAt: Number.NaN, updatedAt: Number.NaN };
      }
      throw unwrapError(error);
    }
  };

  const get = (id: string) => limit(getNow, id);

  /** Has others that want the user meanwhile wait for the same answer, and remembers it. */
  const share = (id: string, user: Promise<FoundUser<Kept>>): Promise<FoundUser<Kept>> => {
    const shared = user
      .then((found) => {
        if (found.kept) cache.set(id, { ...found, kept: found.kept });
        else gone.set(id, true);
        return found;
      })
      .finally(() => pending.delete(id));
    // Awaited by those who want it; where they have failed before, nobody listens.
    shared.catch(() => {});
    pending.set(id, shared);
    return shared;
  };

  /** Asks for users that nobody is asking for yet. */
  const ask = (wanted: ReadonlyMap<string, WantedUser>) => {
    if (wanted.size > 0) onLookUp(wanted.size);
    for (const { ids, q } of toUserQueries([...wanted.keys()])) {
      const found = search(ids, q);
      const settle = async (id: string) => {
        const known = (await found).get(id);
        const user = wanted.get(id);
        return known && user && isFresh(known, user) ? known : get(id);
      };
      for (const id of ids) share(id, settle(id));
    }
    for (const id of wanted.keys()) if (!pending.has(id)) share(id, get(id));
  };

  /** What another event has asked for may have been answered before this one happened. */
  const join = async (user: WantedUser, asked: Promise<FoundUser<Kept>>): Promise<FoundUser<Kept>> => {
    const found = await asked;
    if (found.kept ? isFresh(found, user) : !user.isSignup) return found;
    return pending.get(user.id) ?? share(user.id, get(user.id));
  };

  return async (wanted) => {
    const found = new Map<string, Kept>();
    const unknown = new Map<string, WantedUser>();
    const waiting: Promise<readonly [string, FoundUser<Kept>]>[] = [];
    for (const user of latestOfEach(wanted)) {
      const { id } = user;
      const cached = cache.get(id);
      const asked = pending.get(id);
      // Half of a character has no place in any address.
      if (!id.isWellFormed()) onMalformed(id);
      else if (cached && isFresh(cached, user)) found.set(id, cached.kept);
      else if (gone.has(id) && !user.isSignup) continue;
      else if (asked) waiting.push(join(user, asked).then((one) => [id, one]));
      else unknown.set(id, user);
    }
    ask(unknown);
    for (const id of unknown.keys()) {
      const asked = pending.get(id);
      if (asked) waiting.push(asked.then((one) => [id, one]));
    }
    for (const [id, { kept }] of await Promise.all(waiting)) if (kept) found.set(id, kept);
    return found;
  };
}

/** Each user once, for the latest of its events. */
function latestOfEach(wanted: Iterable<WantedUser>): Iterable<WantedUser> {
  const latest = new Map<string, WantedUser>();
  for (const user of wanted) {
    const before = latest.get(user.id);
    latest.set(user.id, {
      id: user.id,
      at: Math.max(before?.at ?? user.at, user.at),
      isSignup: user.isSignup || (before?.isSignup ?? false),
    });
  }
  return latest.values();
}
