import pg from 'pg';
import { onTestFinished } from 'vitest';
import { openPostgres } from '../../../../server/database/postgres/open-postgres';
import { systemClock } from '../../../../src/time';
import { openTestPostgres } from '../../../support/postgres';
import { NOON } from '../open-test-database';

/** What has a query tell the time, in the place of the server's own clock. */
const TEST_CLOCK = `
  CREATE SCHEMA test_clock;
  CREATE TABLE test_clock.time (ms bigint NOT NULL);
  INSERT INTO test_clock.time VALUES (${NOON});
  CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
    AS 'SELECT to_timestamp(ms / 1000.0) FROM test_clock.time'`;

/**
 * Makes a PostgreSQL database whose clock stands still at noon until it is set. Each process that uses it opens it once
 * more.
 */
export async function makeTestPostgres() {
  const { url, name, exec, cutSessions } = await openTestPostgres();
  await exec(TEST_CLOCK);
  // Found before PostgreSQL's own function, by every session from now on.
  await exec(`ALTER DATABASE ${name} SET search_path = test_clock, pg_catalog, public`);
  const admin = new pg.Pool({ connectionString: url, max: 1 });
  onTestFinished(() => admin.end());
  return {
    url,
    exec,
    cutSessions,
    /** @param ms milliseconds since 1970 */
    setClock: async (ms: number) => {
      await admin.query('UPDATE test_clock.time SET ms = $1', [ms]);
    },
    open: async (places = 2) => {
      const database = await openPostgres({ url, places, clock: systemClock });
      onTestFinished(() => database.close());
      return database;
    },
  };
}
