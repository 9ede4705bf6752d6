import { createRequire } from 'node:module';
import { errorCode, HostError } from '../errors';
import type { RunQueue } from '../runs/run-queue';
import type { Database, DatabaseOptions } from './database';
import type { PostgresDatabase } from './postgres/open-postgres';
import type { QueueSetup } from './postgres/queue';

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

/** Returns true if the error is that pg-boss is not installed. */
const isPgBossMissing = (error: unknown): boolean =>
  errorCode(error) === 'ERR_MODULE_NOT_FOUND' &&
  error instanceof Error &&
  error.message.includes("'pg-boss'");

/**
 * Opens the queue of runs of that database, and creates its schema if there is none. pg-boss is loaded here alone: it is
 * an optional package, because it needs a newer Node than everything else.
 *
 * @throws {HostError} if pg-boss is not installed, or the database can't be used
 */
export async function openSharedQueue(setup: QueueSetup): Promise<RunQueue> {
  const { openQueue } = await import('./postgres/queue').catch((error: unknown) => {
    if (!isPgBossMissing(error)) throw error;
    throw new HostError(
      'DATABASE_URL needs the package pg-boss, which is not installed. Run npm ci again with this Node: npm leaves the package out on a Node that is too old for it.',
      78,
      error,
    );
  });
  return openQueue(setup);
}

/**
 * Loads the library of SQLite, which npm installs for the platform that it runs on.
 *
 * @throws {HostError} if it is not installed
 */
function loadSqliteLibrary(): void {
  try {
    // An import of a CommonJS package that fails ends the process, although its error is caught.
    createRequire(import.meta.url)('libsql');
  } catch (error) {
    const [library] = (error instanceof Error && /@libsql\/[\w-]+/.exec(error.message)) || [];
    if (library === undefined || errorCode(error) !== 'MODULE_NOT_FOUND') throw error;
    throw new HostError(
      `The SQLite library for this platform (${process.platform} on ${process.arch}) is not installed: ${library} is missing. Run npm ci on this machine, without --omit=optional.`,
      78,
      error,
    );
  }
}

/**
 * Opens the database that everything is kept in, and makes it where it is not there. What is for the other kind of
 * database is not loaded.
 *
 * @throws {HostError} where it cannot be used: cause and remedy
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.url) return openSharedDatabase({ ...options, url: options.url });
  loadSqliteLibrary();
  const { openSqlite } = await import('./sqlite/open-sqlite');
  return openSqlite(options);
}
