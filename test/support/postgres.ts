import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { type Postgres, type PostgresOptions, startPostgres } from '../postgres/start-postgres';
import { askForShared } from './start-once';
import type { OnEnd } from './temporary-folder';

/** A database of a test's own. */
export interface TestDatabase {
  /** With the password of a superuser. */
  readonly url: string;
  readonly name: string;
  /** Runs statements without parameters, as the superuser, in this database. */
  exec(sql: string): Promise<pg.QueryResult>;
  /** Ends all sessions that others have in it, as an administrator does. */
  cutSessions(): Promise<void>;
}

/** The URL of another database of the same server. */
function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function exec(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {
    // It is thrown by the query too.
  });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Returns the URL of the PostgreSQL that all tests share; see test/postgres/setup.ts. */
async function sharedServer(): Promise<string> {
  try {
    return await askForShared(inject('postgres'));
  } catch (error) {
    throw new Error(
      `There is no PostgreSQL for the tests: ${error}. Name one in TEST_DATABASE_URL, such as postgres://postgres:secret@127.0.0.1:5432/postgres, whose user may create databases.`,
    );
  }
}

/**
 * Makes an empty database of its own on the server that all tests share, and drops it at the end.
 *
 * @param onEnd `afterAll` for one that the tests of a file share; of the test's own context, where tests run side by side
 * @param server the URL of another
 */
export async function openTestPostgres(
  onEnd: OnEnd = onTestFinished,
  server?: string,
): Promise<TestDatabase> {
  const admin = server ?? (await sharedServer());
  const name = `test_${randomBytes(6).toString('hex')}`;
  await exec(admin, `CREATE DATABASE ${name}`);
  onEnd(async () => {
    await exec(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
  const url = urlOf(admin, name);
  return {
    url,
    name,
    exec: (sql) => exec(url, sql),
    cutSessions: async () => {
      await exec(
        admin,
        `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
    },
  };
}

/**
 * Starts a server of its own, for tests that stop it or give it other settings, and ends it with the test.
 *
 * @param onEnd as for {@link openTestPostgres}
 */
export async function ownPostgres(
  options: PostgresOptions = {},
  onEnd: OnEnd = onTestFinished,
): Promise<Postgres> {
  const postgres = await startPostgres(options);
  onEnd(() => postgres.end());
  return postgres;
}
