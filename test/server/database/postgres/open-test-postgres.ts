import pg from 'pg';
import { onTestFinished } from 'vitest';
import { openPostgres, type PostgresDatabase } from '../../../../server/database/postgres/open-postgres';
import { SCHEMA } from '../../../../server/database/postgres/schema';
import { systemClock } from '../../../../src/time';
import { openTestPostgres } from '../../../support/postgres';
import { NOON } from '../open-test-database';

/** Replaces the server's own clock, in this database alone. */
const TEST_CLOCK = `
  CREATE SCHEMA test_clock;
  CREATE TABLE test_clock.time (ms bigint NOT NULL);
  INSERT INTO test_clock.time VALUES (${NOON});
  ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO real_clock_timestamp;
  CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
    AS 'SELECT pg_catalog.to_timestamp(ms / 1000.0) FROM test_clock.time'`;

/** A database of a test's own, or of a file of tests. */
export interface TestPostgres {
  readonly url: string;
  /** Runs statements without parameters as an administrator: the rows of the last of them. */
  exec(sql: string): Promise<unknown[]>;
  /** @param ms milliseconds since 1970 */
  setClock(ms: number): Promise<void>;
  /** Empties all of its tables, and sets its clock to noon. */
  empty(): Promise<void>;
  /** Ends all sessions that others have in it, as an administrator does. */
  cutSessions(): Promise<void>;
  /** Opens it as another process does, until the test ends. */
  open(url?: string): Promise<PostgresDatabase>;
}

/**
 * Makes a PostgreSQL database with this program's tables, whose clock stands still at noon until it is set.
 *
 * @param onEnd `afterAll` for one that the tests of a file share
 */
export async function makeTestPostgres(
  onEnd: (end: () => Promise<void>) => void = onTestFinished,
): Promise<TestPostgres> {
  const { url, name, exec, cutSessions } = await openTestPostgres(onEnd);
  await exec(TEST_CLOCK);
  // For the statements of the tests; the program sets its own.
  await exec(`ALTER DATABASE ${name} SET search_path = ${SCHEMA}`);
  await (await openPostgres({ url, places: 1, clock: systemClock })).close();
  const admin = new pg.Pool({ connectionString: url, max: 1 });
  // Sessions are cut by some tests; the next query opens another.
  admin.on('error', () => {});
  onEnd(() => admin.end());
  const setClock = async (ms: number) => {
    await admin.query('UPDATE test_clock.time SET ms = $1', [ms]);
  };
  return {
    url,
    exec: async (sql) => (await admin.query(sql)).rows,
    setClock,
    empty: async () => {
      await admin.query('TRUNCATE meta, tenants, run_stores, workers, live_events CASCADE');
      await setClock(NOON);
    },
    cutSessions,
    open: async (through = url) => {
      const database = await openPostgres({ url: through, places: 2, clock: systemClock });
      onTestFinished(() => database.close());
      return database;
    },
  };
}
