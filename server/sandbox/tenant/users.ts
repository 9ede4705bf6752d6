import { type Answer, type Call, jsonAnswer } from '../http/server';
import { apiError, searchPage } from './api';
import type { GeneratedUsers } from './generate-users';
import type { TenantUser } from './types';

interface Change {
  user: TenantUser | undefined;
  /** What the search index still holds until `searchableAt`. */
  indexed: TenantUser | undefined;
  searchableAt: number;
}

/** The tenant's users: generated ones, which take no memory, under those set or deleted since. */
export class UserDirectory {
  readonly #generated: GeneratedUsers | undefined;
  readonly #changes = new Map<string, Change>();
  readonly #now: () => number;
  readonly #searchLagMs: number;

  constructor(users: GeneratedUsers | readonly TenantUser[], now: () => number, searchLagMs = 0) {
    this.#now = now;
    this.#searchLagMs = searchLagMs;
    if ('idAt' in users) this.#generated = users;
    else for (const user of users) this.#changes.set(user.user_id, { user, indexed: user, searchableAt: 0 });
  }

  /** As `GET /users/{id}` sees it: at once. */
  find(id: string): TenantUser | undefined {
    const change = this.#changes.get(id);
    return change === undefined ? this.#generated?.find(id) : change.user;
  }

  /** As the user search sees it: late by the search lag. */
  search(id: string): TenantUser | undefined {
    const change = this.#changes.get(id);
    if (change === undefined) return this.#generated?.find(id);
    return this.#now() < change.searchableAt ? change.indexed : change.user;
  }

  /** Ids of every user that was ever there, in the order of a search without a query. */
  *ids(): Generator<string, undefined> {
    for (let index = 0; index < (this.#generated?.count ?? 0); index++) {
      yield this.#generated?.idAt(index) ?? '';
    }
    for (const id of this.#changes.keys()) if (this.#generated?.find(id) === undefined) yield id;
    return undefined;
  }

  set(user: TenantUser): void {
    this.#change(user.user_id, user);
  }

  /** A login changes the profile of its user, as it does at Auth0; one of long ago is in it already. */
  noteLogin(id: string, date: string): void {
    const user = this.find(id);
    if (user === undefined || !(Date.parse(date) > Date.parse(String(user.updated_at)))) return;
    const count = typeof user.logins_count === 'number' ? { logins_count: user.logins_count + 1 } : {};
    this.set({ ...user, updated_at: date, last_login: date, ...count });
  }

  delete(id: string): void {
    this.#change(id, undefined);
  }

  #change(id: string, user: TenantUser | undefined): void {
    const indexed = this.search(id);
    this.#changes.set(id, { user, indexed, searchableAt: this.#now() + this.#searchLagMs });
  }
}

/**
 * The ids that a query of the shape `user_id:("a" OR "b")` asks for, quoted ids unescaped as Lucene does it.
 * A single quoted id and several such clauses joined by OR are understood too; anything else is `undefined`.
 */
export function parseUserQuery(query: string): string[] | undefined {
  const tokens = tokensOf(query);
  if (tokens === undefined) return undefined;
  const ids: string[] = [];
  let at = 0;
  const next = (kind: Token['kind']) => {
    const token = tokens[at];
    if (token?.kind !== kind) return undefined;
    at++;
    return token;
  };
  const list = (item: () => boolean): boolean => {
    do {
      if (!item()) return false;
    } while (next('or'));
    return true;
  };
  const id = () => {
    const token = next('text');
    if (token) ids.push(token.text);
    return token !== undefined;
  };
  const clause = () => {
    if (!next('field')) return false;
    if (!next('open')) return id();
    return list(id) && next('close') !== undefined;
  };
  return list(clause) && at === tokens.length ? ids : undefined;
}

interface Token {
  kind: 'field' | 'open' | 'close' | 'or' | 'text';
  text: string;
}

const TOKEN =
  /\s*(?:(?<field>user_id:)|(?<open>\()|(?<close>\))|(?<or>OR\b)|"(?<text>(?:[^"\\]|\\.)*)")\s*/suy;

function tokensOf(query: string): Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.length) {
    const groups = TOKEN.exec(query)?.groups;
    if (groups === undefined) return undefined;
    const { field, open, close, or, text } = groups;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.replace(/\\(.)/gsu, '$1') });
    else if (field) tokens.push({ kind: 'field', text: field });
    else if (open) tokens.push({ kind: 'open', text: open });
    else if (close) tokens.push({ kind: 'close', text: close });
    else tokens.push({ kind: 'or', text: or ?? '' });
  }
  return tokens;
}

/** A profile as `fields` and `include_fields` ask for it. */
function pickFields(user: TenantUser, query: URLSearchParams): Record<string, unknown> {
  const fields = query.get('fields');
  if (fields === null || fields === '') return user;
  const named = new Set(fields.split(','));
  const wanted = query.get('include_fields') !== 'false';
  return Object.fromEntries(Object.entries(user).filter(([name]) => named.has(name) === wanted));
}

/** `GET /api/v2/users/{id}`, which sees every change at once. */
export function answerUser(users: UserDirectory, call: Call, id: string): Answer {
  const user = users.find(id);
  if (user === undefined) return apiError(404, 'The user does not exist.', 'inexistent_user');
  return jsonAnswer(200, pickFields(user, call.query));
}

/** `GET /api/v2/users`: those that a query by `user_id` names, or all of them, as the search index knows them. */
export function answerUserSearch(users: UserDirectory, { query }: Call): Answer {
  const page = searchPage(query);
  if ('status' in page) return page;
  if ((query.get('search_engine') ?? 'v3') !== 'v3') {
    return apiError(400, 'Only search engine v3 is supported.', 'invalid_query_string');
  }
  const text = query.get('q');
  const asked = text === null ? users.ids() : parseUserQuery(text);
  if (asked === undefined) return apiError(400, 'The query is malformed.', 'invalid_query');
  const { start, limit } = page;
  const found: TenantUser[] = [];
  let total = 0;
  for (const id of new Set(asked)) {
    const user = users.search(id);
    if (user === undefined) continue;
    if (total >= start && found.length < limit) found.push(user);
    total++;
  }
  const answered = found.map((user) => pickFields(user, query));
  if (query.get('include_totals') !== 'true') return jsonAnswer(200, answered);
  return jsonAnswer(200, { start, limit, length: answered.length, total, users: answered });
}
