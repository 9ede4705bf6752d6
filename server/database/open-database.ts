import type { Database, DatabaseOptions } from './database';
import type { PostgresDatabase } from './postgres/open-postgres';

/**
 * Opens the PostgreSQL that processes on several machines share. Only here what is for it alone is loaded.
 *
 * @throws {HostError} where it cannot be used: cause and remedy
 */
export async function openSharedDatabase(
  options: Omit<DatabaseOptions, 'folder' | 'url'> & { url: string },
): Promise<PostgresDatabase> {
  const { openPostgres } = await import('./postgres/open-postgres');
  return openPostgres(options);
}

/**
 * Opens the database that everything is kept in, and makes it where it is not there. What is for the other kind of
 * database is not loaded.
 *
 * @throws {HostError} where it cannot be used: cause and remedy
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.url) return openSharedDatabase({ ...options, url: options.url });
  const { openSqlite } = await import('./sqlite/open-sqlite');
  return openSqlite(options);
}
