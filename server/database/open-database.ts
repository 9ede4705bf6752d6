import type { Database, DatabaseOptions } from './database';

/**
 * Opens the database that everything is kept in, and makes it where it is not there. What is for the other kind of
 * database is not loaded.
 *
 * @throws {HostError} where it cannot be used: cause and remedy
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.url) {
    const { openPostgres } = await import('./postgres/open-postgres');
    return openPostgres({ ...options, url: options.url });
  }
  const { openSqlite } = await import('./sqlite/open-sqlite');
  return openSqlite(options);
}
