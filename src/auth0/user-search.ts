import type { UsersClient } from 'auth0/users';
import * as v from 'valibot';
import { ExportError, type ExportErrorCode } from '../errors';
import type { Clock } from '../time';
import { statusOf, unwrapError } from './errors';
import { answeredAtOf, type User, userShape } from './user';

/** Ids in one search: about 2.5 KB of address. */
const MAX_IDS = 50;
/** Bytes of the encoded query: Auth0 returns 414 for addresses over 8 KB. */
const MAX_QUERY_BYTES = 7_000;

/** A failed search of fewer users is not split: looking them up costs as little. */
const MIN_SPLIT_IDS = 5;
/** Failed halves of one search, after which its users are looked up by id. */
const MAX_FAILED_HALVES = 2;
/** Failed requests in a row, after which no search is tried for a while. */
const MAX_FAILURES = 3;
const PAUSE_MS = 60_000;

/** Failures of a search that a lookup by id need not meet; after all others nothing works. */
const SEARCH_FAILURES: readonly ExportErrorCode[] = [
  'auth0_unreachable',
  'auth0_unavailable',
  'auth0_unexpected',
  // A firewall may refuse the text of a search.
  'auth0_blocked',
  'auth0_rate_limited',
];

/** A search for several users. */
interface UserQuery {
  ids: string[];
  /** Lucene syntax, not URL-encoded. */
  q: string;
}

const quote = (id: string) => `"${id.replace(/["\\]/g, '\\$&')}"`;

/** Groups user ids into as few searches as their addresses have room for. Skips an id that is too long for any. */
export function toUserQueries(ids: readonly string[]): UserQuery[] {
  const groups: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const size = encodeURIComponent(`${quote(id)} OR `).length;
    if (size > MAX_QUERY_BYTES) continue;
    const group = groups.at(-1);
    if (group && size <= room && group.length < MAX_IDS) group.push(id);
    else {
      groups.push([id]);
      room = MAX_QUERY_BYTES;
    }
    room -= size;
  }
  return groups.map((group) => ({ ids: group, q: `user_id:(${group.map(quote).join(' OR ')})` }));
}

/** Returns the two halves of a search, or nothing if it is too small to be split. */
function halvesOf({ ids }: UserQuery): UserQuery[] {
  if (ids.length < MIN_SPLIT_IDS) return [];
  const half = Math.ceil(ids.length / 2);
  return [ids.slice(0, half), ids.slice(half)]
    .flatMap(toUserQueries)
    .filter((query) => query.ids.length >= MIN_SPLIT_IDS);
}

const foundShape = v.union([
  v.array(userShape),
  v.pipe(
    v.object({ users: v.array(userShape) }),
    v.transform(({ users }) => users),
  ),
]);

interface UserSearchOptions<T> {
  /** A client whose requests fail soon. */
  users: UsersClient;
  clock: Pick<Clock, 'monotonic'>;
  /** Returns what is kept of a user, so that whole profiles are held no longer than that. */
  read: (user: User, answeredAt: number) => T;
  /** Called with the failure after which no search is tried for a while. */
  onPause: (failure: ExportError) => void;
}

/**
 * Finds many users with one request. A search is an optimization: if it fails, it is split, and what it does not find
 * is looked up by id. Auth0 returns 503 for a search that takes longer than two seconds.
 */
export class UserSearch<T> {
  readonly #options: UserSearchOptions<T>;
  #failures = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: UserSearchOptions<T>) {
    this.#options = options;
  }

  /**
   * Returns the users that the search index has, by id.
   *
   * @throws {ExportError} for a failure that a lookup by id would meet, too
   */
  async find(query: UserQuery): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    let queries = [query];
    let failedHalves = 0;
    while (queries.length > 0 && failedHalves < MAX_FAILED_HALVES && !this.#isPaused()) {
      const failed: UserQuery[] = [];
      const search = async (part: UserQuery) => {
        const failure = await this.#search(part, found);
        if (failure === undefined) return;
        if (part !== query) failedHalves += 1;
        // Smaller searches would take more of the limit.
        if (failure.code !== 'auth0_rate_limited') failed.push(part);
      };
      await Promise.all(queries.map(search));
      queries = failed.flatMap(halvesOf);
    }
    return found;
  }

  #isPaused(): boolean {
    return this.#options.clock.monotonic() < this.#pausedUntil;
  }

  /** Adds the users that one request finds; returns its failure if it has one. */
  async #search({ ids, q }: UserQuery, found: Map<string, T>): Promise<ExportError | undefined> {
    const { users, read } = this.#options;
    try {
      const page = await users.list({
        q,
        search_engine: 'v3',
        per_page: 100,
        primary_order: false,
        include_totals: false,
      });
      const parsed = v.safeParse(foundShape, page.response);
      if (!parsed.success) throw unexpectedAnswer(`a search for ${ids.length} users`);
      const answeredAt = answeredAtOf(page.rawResponse);
      for (const user of parsed.output) found.set(user.user_id, read(user, answeredAt));
      this.#failures = 0;
      return undefined;
    } catch (error) {
      const failure = searchFailureOf(error);
      this.#failures += 1;
      if (this.#failures === MAX_FAILURES) {
        this.#failures = 0;
        this.#pausedUntil = this.#options.clock.monotonic() + PAUSE_MS;
        this.#options.onPause(failure);
      }
      return failure;
    }
  }
}

/** Describes why a run looks users up by id alone. */
export const describeSearchPause = ({ reason }: ExportError): string =>
  `Auth0's user search failed, so the run looked users up one by one, which takes more requests. ${reason}`;

/** Describes an answer that holds no user. */
export const unexpectedAnswer = (request: string): ExportError =>
  new ExportError('auth0_unexpected', `Auth0 answered ${request} with something that is not a user.`);

/**
 * Returns the failure of a search, if looking its users up by id can succeed.
 *
 * @throws any other error
 */
function searchFailureOf(error: unknown): ExportError {
  const cause = unwrapError(error);
  if (cause instanceof ExportError && SEARCH_FAILURES.includes(cause.code)) return cause;
  const status = statusOf(cause);
  if (status === undefined) throw cause;
  return new ExportError('auth0_unexpected', `Auth0 returned ${status} when searching users.`, cause);
}
