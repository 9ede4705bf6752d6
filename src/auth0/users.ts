import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import * as v from 'valibot';
import type { ExportError } from '../errors';
import type { Clock } from '../time';
import type { Tenant } from './client';
import { statusOf, unwrapError } from './errors';
import { answeredAtOf, type User, updatedAtOf, userShape } from './user';
import { toUserQueries, UserSearch, unexpectedAnswer } from './user-search';

/** Single lookups at once: many of them are rare, and the rate limit is shared with the tenant's own apps. */
const SINGLE_LOOKUPS = 10;
/** How many ids without a user a run remembers. */
const MOST_GONE = 5_000;

/**
 * The search index lags behind the users by seconds, and by minutes when Auth0 has trouble. For an event that is older
 * than this, the index counts as up to date.
 */
const MAX_INDEX_LAG_MS = 10 * 60 * 1000;

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

/** Returns true if the profile is at least as recent as the event. */
function isFresh({ isCurrent, answeredAt, updatedAt }: FoundUser<unknown>, { at, isSignup }: WantedUser) {
  // `Date` has seconds only: the answer came no earlier than it says.
  if (isCurrent) return answeredAt >= at;
  return (!isSignup && updatedAt >= at) || answeredAt - at >= MAX_INDEX_LAG_MS;
}

interface FindUsersOptions<Kept extends object> {
  /** Users that are known already, by id; filled with those found. */
  cache: LRUCache<string, FoundUser<Kept> & { kept: Kept }>;
  /** Makes of a user what is kept and answered of it, so that no whole profile is held for longer than that. */
  keep: (user: User, id: string) => Kept;
  /** Told how many users are about to be asked for. */
  onLookUp: (count: number) => void;
  /** Called with the id of a user that Auth0 does not look up because it calls the id malformed. */
  onMalformed: (id: string) => void;
  /** Called with the failure after which users are looked up by id alone for a while. */
  onSearchPause: (failure: ExportError) => void;
  clock: Pick<Clock, 'monotonic'>;
}

/**
 * Creates the lookup of one run: many users with one search, those whose search result is missing or may be older
 * than their events by id, and each user once, however many batches need it. A search that fails never fails the
 * lookup.
 *
 * @returns a function that returns the users that exist; a user that is gone, or whose id Auth0 calls malformed, is
 *   missing
 */
export function createFindUsers<Kept extends object>(
  { users, bestEffort }: Pick<Tenant, 'users' | 'bestEffort'>,
  { cache, keep, onLookUp, onMalformed, onSearchPause, clock }: FindUsersOptions<Kept>,
): FindUsers<Kept> {
  const pending = new Map<string, Promise<FoundUser<Kept>>>();
  // For this run only: a user that signs up again must not be missing from the next.
  const gone = new LRUCache<string, true>({ max: MOST_GONE });
  const limit = pLimit(SINGLE_LOOKUPS);
  const search = new UserSearch<FoundUser<Kept>>({
    users: bestEffort.users,
    clock,
    read: (user, answeredAt) => ({
      kept: keep(user, user.user_id),
      isCurrent: false,
      answeredAt,
      updatedAt: updatedAtOf(user),
    }),
    onPause: onSearchPause,
  });

  const getNow = async (id: string): Promise<FoundUser<Kept>> => {
    try {
      const { data, rawResponse } = await users.get(id).withRawResponse();
      const found = v.safeParse(userShape, data);
      if (!found.success) throw unexpectedAnswer(`the request for the user ${id}`);
      return {
        kept: keep(found.output, id),
        isCurrent: true,
        answeredAt: answeredAtOf(rawResponse),
        updatedAt: updatedAtOf(found.output),
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
    for (const query of toUserQueries([...wanted.keys()])) {
      const found = search.find(query);
      const settle = async (id: string) => {
        const known = (await found).get(id);
        const user = wanted.get(id);
        return known && user && isFresh(known, user) ? known : get(id);
      };
      for (const id of query.ids) share(id, settle(id));
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
      // A lone surrogate can't be URL-encoded.
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
