import type { Clock } from '../../src/time';
import type { Database } from './database';
import type { DatabaseError } from './errors';
import { openSqlite } from './sqlite/open-sqlite';

/** Where a database is, and what it is opened with. */
export interface DatabaseOptions {
  /** DATA_DIR: the file of SQLite is in it. */
  folder: string;
  /** DATABASE_URL: PostgreSQL instead; empty or left out: none. */
  url?: string;
  /** Runs at once, of which each may be writing. */
  places?: number;
  clock: Clock;
  /** Told of each write that has failed for a reason of the machine or the database, and of each that has not. */
  onWrite?: (error?: DatabaseError) => void;
}

/**
 * Opens the database that everything is kept in, and makes it where it is not there.
 *
 * @throws {HostError} where it cannot be used: cause and remedy
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return openSqlite(options);
}
