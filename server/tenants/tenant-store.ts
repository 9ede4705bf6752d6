/** Where a tenant comes from: entered and kept here, declared in TENANTS_FILE, or given by the environment. */
export type TenantOrigin = 'stored' | 'declared' | 'environment';

/** A tenant as it is kept. */
export interface TenantRow {
  /** Random, and never used again: secrets are bound to it. */
  id: string;
  /** A slug: lower-case letters, digits and hyphens, 1 to 63 characters; unique. */
  name: string;
  origin: TenantOrigin;
  /**
   * Settings by their names. Secrets are sealed (`jwe:…`) or references (`env:NAME`, `file:PATH`); those of a tenant
   * from the environment are not kept at all.
   */
  settings: Readonly<Record<string, string>>;
  /** Six fields, seconds first. */
  schedule: string;
  /** IANA name. */
  timeZone: string;
  /** Whether its schedule is kept. */
  isActive: boolean;
  /** ISO 8601. */
  createdAt: string;
  /** Milliseconds since 1970 of the next run; `null` while it is inactive. */
  dueAt: number | null;
  /** Counts the changes of the row, but for `dueAt`. */
  version: number;
}

/** A setting or schedule that was changed, for the history. No value of a secret is in it. */
export interface TenantChange {
  /** ISO 8601. */
  at: string;
  /** Of the setting; or `schedule`, `timeZone`, `state`. */
  name: string;
  /** `(secret)` where it is one, empty where there was none. */
  from: string;
  to: string;
}

/** Changes of several tenants that belong together. */
export interface TenantBatch {
  add?: readonly TenantRow[];
  replace?: readonly { row: TenantRow; changes: readonly TenantChange[] }[];
  remove?: readonly { id: string; version: number; keepState: boolean }[];
}

/** Keeps the tenants. Implemented by the database alone. */
export interface TenantStore {
  list(): Promise<TenantRow[]>;
  find(name: string): Promise<TenantRow | undefined>;
  count(): Promise<number>;
  /**
   * @returns `false` where the name is taken
   */
  add(row: TenantRow): Promise<boolean>;
  /**
   * Replaces what is kept of a tenant, as long as nobody else has changed it since `row.version`, which goes up by
   * one, and notes the changes. `id`, `name` and `createdAt` never change. `dueAt` is stored only where
   * schedule, time zone or switch become others: otherwise what a process has moved it to meanwhile stays.
   *
   * @returns `false` where somebody has; read it again then
   */
  replace(row: TenantRow, changes: readonly TenantChange[]): Promise<boolean>;
  /**
   * Adds, replaces and removes several tenants in one transaction, in the order remove, replace, add: all of it or
   * nothing.
   *
   * @returns `false` where a name is taken, or one of them was changed or removed since its `version`; nothing is
   *   changed then
   */
  apply(batch: TenantBatch): Promise<boolean>;
  /**
   * Removes a tenant.
   *
   * @param keepState whether its checkpoint and history stay for a tenant that is added under the same name later
   */
  remove(id: string, keepState: boolean): Promise<void>;
  /** The newest changes, newest first. */
  changes(id: string, limit: number): Promise<TenantChange[]>;
}

/** A tenant that is due. */
export interface DueTenant extends Pick<TenantRow, 'id' | 'name' | 'schedule' | 'timeZone'> {
  /** Milliseconds since 1970. */
  dueAt: number;
  /** Whether its log stream has brought the due time forward, which its schedule has set otherwise. */
  isForStream: boolean;
}

/** What is due, and what is due after that. */
export interface Due {
  /** Longest waiting first. */
  tenants: DueTenant[];
  /** Milliseconds since 1970: when to look again; `undefined` where nothing else will be due. */
  next: number | undefined;
}

/** When the tenants are due. Kept where every process sees it, so that a run is begun by one of them only. */
export interface DueTimes {
  /** Active tenants that are due by `now`: of them `limit` at most, and then `next` is `now`. */
  due(now: number, limit: number): Promise<Due>;
  /**
   * Moves a tenant's due time, as long as it still is `dueAt`.
   *
   * @returns `false` where another process was faster
   */
  claim(id: string, dueAt: number, nextDueAt: number | null): Promise<boolean>;
  /**
   * Has an active tenant run for its log stream before its schedule would have it.
   *
   * @param at milliseconds since 1970
   * @returns `false` where it is due by then anyway, or is not active
   */
  bringForward(id: string, at: number): Promise<boolean>;
}
