import type { OpenRunStore } from '../../src/storage/run-store';
import type { Clock } from '../../src/time';
import type { LogStreamStore } from '../log-streams/log-stream-store';
import type { RunNotes } from '../runs/run-notes';
import type { Overview } from '../tenants/overview';
import type { DueTimes, TenantStore } from '../tenants/tenant-store';
import type { Vault } from '../tenants/vault';
import type { DatabaseError } from './errors';

/** Where a database is, and what it is opened with. */
export interface DatabaseOptions {
  /** DATA_DIR: the file of SQLite is in it. */
  folder: string;
  /** DATABASE_URL: PostgreSQL instead; empty or left out: none. */
  url?: string;
  /** PGSSLROOTCERT, for that. */
  rootCertificate?: string | undefined;
  /** Runs at once, of which each may be writing. */
  places?: number;
  clock: Clock;
  /** Told of each write that has failed for a reason of the machine or the database, and of each that has not. */
  onWrite?: (error?: DatabaseError) => void;
}

/** Small texts of the installation, by their names. */
export interface Meta {
  get(name: string): Promise<string | undefined>;
  put(name: string, value: string): Promise<void>;
  /**
   * What is kept under a name. Where there is nothing yet, what `make` returns is kept: of two processes that do so at
   * once, both get that of one.
   */
  getOrPut(name: string, make: () => string): Promise<string>;
}

/** Numbers that become others when another process has written; they say nothing else. */
export interface Changes {
  /** With each tenant that was added, changed or removed. */
  tenants: number;
  /** With that, and with each due time that was moved. */
  dueTimes: number;
}

/** Everything that the host keeps, which several processes may use at once: one file, or PostgreSQL. */
export interface Database {
  /** The path of the file, or host, port and name of the database; no password is in it. */
  readonly name: string;
  tenants: TenantStore & DueTimes;
  notes: RunNotes;
  overview: Overview;
  logStreams: LogStreamStore;
  storeOf(tenantId: string): OpenRunStore;
  meta: Meta;
  /** Milliseconds since 1970, by the one clock that all processes on this database go by. */
  now(): number;
  /**
   * Drops what is too old from the history, and the oldest where there is too much of it.
   *
   * @param days HISTORY_DAYS
   * @returns the number of records that were dropped
   * @throws {DatabaseError}
   */
  prune(days: number): Promise<number>;
  /**
   * Tries a write of about the size that a run needs.
   *
   * @throws {DatabaseError}
   */
  probe(): Promise<void>;
  /**
   * Whether another process has changed tenants or their due times since these numbers were asked for before.
   *
   * @throws {DatabaseError}
   */
  changes(): Promise<Changes>;
  close(): Promise<void>;
  /**
   * Takes over what the former version kept in JSON files in the folder. To be done before anything else is added.
   * Absent where there is no folder.
   *
   * @returns the names of the files
   */
  importFormer?(options: { secrets: readonly string[]; seal: Vault['seal'] }): Promise<string[]>;
}

/** More characters than a run's state and record have together: what {@link Database.probe} writes. */
export const PROBE_CHARACTERS = 32_000;
