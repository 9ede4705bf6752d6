import type { GeneratedUsers } from './generate-users';
import type { TenantUser } from './tenant-user';

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
