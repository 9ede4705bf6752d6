import type { TenantChange, TenantOrigin, TenantRow } from './tenant-store';

/** A tenant's settings as a run finds them, every one a string, secrets in plain text. Never stored or shown. */
export type ResolvedSettings = Readonly<Record<string, string>>;

/** What is to become of a tenant; what is left out stays. */
export interface TenantInput {
  /** By their names; an empty value removes the setting. Secrets in plain text, or as references. */
  settings?: Readonly<Record<string, string>>;
  schedule?: string;
  timeZone?: string;
  isActive?: boolean;
}

/** Whom to export: the tenants, with what is wrong about any change in words. */
export interface TenantRegistry {
  list(): Promise<TenantRow[]>;
  find(name: string): Promise<TenantRow | undefined>;
  /**
   * The settings as a run finds them: the manifest's defaults, what is kept, with secrets unsealed and references
   * read at this moment, and for the tenant of the environment what that gives.
   *
   * @throws {HostError} where a reference cannot be read or a secret cannot be unsealed: names the setting and remedy
   */
  settingsOf(tenant: TenantRow): Promise<ResolvedSettings>;
  /** Names of settings that come from the environment, arguments or a file, and cannot be changed here. */
  overridden(tenant: TenantRow): ReadonlySet<string>;
  /**
   * Adds a tenant, due at once.
   *
   * @param mayReference whether secrets may be references: not from the Dashboard, whose users may not read this
   *   machine's files and environment
   * @throws {TenantError} `name_taken`, `invalid` with the problems by setting
   */
  add(name: string, input: TenantInput, options: { mayReference: boolean }): Promise<TenantRow>;
  /**
   * Changes a tenant, and notes what was changed in its history.
   *
   * @throws {TenantError} `unknown`, `read_only`, `invalid`
   */
  change(name: string, input: TenantInput, options: { mayReference: boolean }): Promise<TenantRow>;
  /**
   * @param keepState whether checkpoint and history stay for a tenant that is added under the name later
   * @throws {TenantError} `unknown`, `read_only`
   */
  remove(name: string, keepState: boolean): Promise<void>;
  changes(tenant: TenantRow, limit: number): Promise<TenantChange[]>;
}

/** Why something cannot be done with a tenant, in a sentence with the remedy. */
export class TenantError extends Error {
  override readonly name = 'TenantError';

  /** @param problems sentences by the names of settings, or `name`, `schedule`, `timeZone` */
  constructor(
    readonly code: 'unknown' | 'name_taken' | 'read_only' | 'invalid',
    message: string,
    readonly problems: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** What a page may know of where a tenant comes from. */
export type { TenantOrigin };
