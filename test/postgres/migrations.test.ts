import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../server/database/postgres/connection';
import { migrate } from '../../server/database/postgres/migrations';
import { MIGRATIONS, type Migration, SCHEMA } from '../../server/database/postgres/schema';
import { toStorableJson } from '../../server/database/storable';
import { HostError } from '../../server/errors';
import { systemClock } from '../../src/time';
import { openTestPostgres, type TestDatabase } from '../support/postgres';

async function open({ url }: Pick<TestDatabase, 'url'>) {
  const connection = await connect({ url, places: 1, clock: systemClock });
  onTestFinished(() => connection.close());
  return connection;
}

const tableRow = v.object({ name: v.string() });
const countRow = v.object({ count: v.number() });
const TABLES = 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1';

/** A version that adds a column that older programs do not ask for. */
const additive: Migration = {
  oldestReader: 1,
  sql: `ALTER TABLE ${SCHEMA}.meta ADD COLUMN noted_by text`,
};

/** One that older programs would damage. */
const incompatible: Migration = {
  oldestReader: 3,
  sql: `ALTER TABLE ${SCHEMA}.meta ADD COLUMN checked text NOT NULL`,
};

test('a database gets the tables in a schema of its own', async () => {
  const database = await openTestPostgres();
  const connection = await open(database);
  await migrate(connection);
  expect((await connection.query(tableRow, TABLES, [SCHEMA])).map(({ name }) => name)).toEqual([
    'live_events',
    'log_streams',
    'meta',
    'run_notes',
    'run_stores',
    'runs',
    'schema_versions',
    'tenant_changes',
    'tenants',
    'workers',
  ]);
  expect(await connection.query(tableRow, TABLES, ['public'])).toEqual([]);
});

test('of processes that migrate at once each finds every step done, once', async () => {
  const database = await openTestPostgres();
  const connections = await Promise.all(Array.from({ length: 6 }, () => open(database)));
  await Promise.all(connections.map((connection) => migrate(connection, [...MIGRATIONS, additive])));
  const [first] = connections;
  expect(await first?.query(countRow, `SELECT COUNT(*) AS "count" FROM ${SCHEMA}.schema_versions`)).toEqual([
    { count: MIGRATIONS.length + 1 },
  ]);
});

test('a step that fails leaves nothing behind, and is done by the next who can', async () => {
  const database = await openTestPostgres();
  const connection = await open(database);
  const broken = { oldestReader: 1, sql: `${additive.sql}; SELECT 1 / 0` };
  await expect(migrate(connection, [...MIGRATIONS, broken])).rejects.toThrow('division by zero');
  await migrate(connection, [...MIGRATIONS, additive]);
  expect(await connection.run(`INSERT INTO ${SCHEMA}.meta VALUES ('a', 'b', 'c')`)).toBe(1);
});

test('an older program continues beside a newer one that has only added something', async () => {
  const database = await openTestPostgres();
  const [older, newer] = [await open(database), await open(database)];
  await migrate(older);
  await migrate(newer, [...MIGRATIONS, additive]);
  // A worker of the older version that is started again, too.
  await migrate(older);
  await older.run(`INSERT INTO ${SCHEMA}.meta (name, value) VALUES ('by', 'older')`);
  await newer.run(`INSERT INTO ${SCHEMA}.meta (name, value, noted_by) VALUES ('by too', 'newer', 'it')`);
  expect(await older.query(countRow, `SELECT COUNT(*) AS "count" FROM ${SCHEMA}.meta`)).toEqual([
    { count: 2 },
  ]);
});

test('an older program is refused where a newer one says that it would do damage', async () => {
  const database = await openTestPostgres();
  const connection = await open(database);
  await migrate(connection, [...MIGRATIONS, additive, incompatible]);
  const refused = migrate(connection, MIGRATIONS);
  await expect(refused).rejects.toThrow(
    `The database ${connection.name} is of version 3, which a newer version of this program has made and which only programs that know version 3 may use; this one knows version 1 at most. Start the newer program instead.`,
  );
  await expect(refused).rejects.toSatisfy((error) => error instanceof HostError && error.exitCode === 78);
});

test('jsonb takes what JSON may hold and PostgreSQL does not', async () => {
  const connection = await open(await openTestPostgres());
  const [row] = await connection.query(v.object({ it: v.unknown() }), 'SELECT $1::jsonb AS it', [
    toStorableJson({ message: 'a\u0000b\ud800c', count: 1 }),
  ]);
  expect(row).toEqual({ it: { message: 'a\uFFFDb\uFFFDc', count: 1 } });
});
