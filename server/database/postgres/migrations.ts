import * as v from 'valibot';
import { HostError } from '../../errors';
import type { PostgresConnection, Session } from './connection';
import { MIGRATIONS, type Migration, SCHEMA } from './schema';

/** The text of an advisory lock, which nothing else in the database locks. */
const LOCK = `${SCHEMA}.migrations`;
/** How long a change may wait for those who use a table, which others would queue up behind. */
const LOCK_SECONDS = 5;
/** How long a step may take, and another process wait for it. */
const STEP_TIMEOUT_MS = 10 * 60_000;

/** Asks whether the schema $1 exists. */
export const SCHEMA_EXISTS =
  'SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1) AS "exists"';
export const existsRow = v.object({ exists: v.boolean() });
const versionRow = v.object({ version: v.number(), oldestReader: v.number() });

/** What version the schema is of, and the oldest whose programs may use it. */
type Version = v.InferOutput<typeof versionRow>;

async function readVersion({ query }: Session): Promise<Version> {
  // By the catalogue: asking for a table itself needs rights on a schema that may not be there yet.
  const [found] = await query(
    existsRow,
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS tables
       JOIN pg_catalog.pg_namespace AS schemas ON schemas.oid = tables.relnamespace
       WHERE schemas.nspname = $1 AND tables.relname = 'schema_versions') AS "exists"`,
    [SCHEMA],
  );
  if (!found?.exists) return { version: 0, oldestReader: 0 };
  const [version] = await query(
    versionRow,
    `SELECT COALESCE(pg_catalog.max(version), 0) AS version, COALESCE(pg_catalog.max(oldest_reader), 0) AS "oldestReader"
     FROM ${SCHEMA}.schema_versions`,
  );
  return version ?? { version: 0, oldestReader: 0 };
}

/** Makes the schema itself, where it is not there: for a user who may not make one, an administrator can. */
async function makeSchema({ query, run }: Session): Promise<void> {
  const [found] = await query(existsRow, SCHEMA_EXISTS, [SCHEMA]);
  if (!found?.exists) await run(`CREATE SCHEMA ${SCHEMA}`);
  await run(`CREATE TABLE IF NOT EXISTS ${SCHEMA}.schema_versions (
    version integer PRIMARY KEY,
    oldest_reader integer NOT NULL,
    made_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
  )`);
}

/**
 * Brings the schema to the version that this program knows, each step wholly or not at all. Of several processes that
 * do so at once, one migrates while the others wait. A schema of a newer version is used as it is, unless that
 * version says that programs as old as this one would damage it.
 *
 * @param migrations those of this program
 * @throws {HostError} where a newer version does not let this program go on
 * @throws {DatabaseError}
 */
export async function migrate(
  connection: PostgresConnection,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const current = async (session: Session): Promise<number> => {
    const { version, oldestReader } = await readVersion(session);
    if (oldestReader <= migrations.length) return version;
    throw new HostError(
      `The database ${connection.name} is of version ${version}, which a newer version of this program has made and which only programs that know version ${oldestReader} may use; this one knows version ${migrations.length} at most. Start the newer program instead.`,
      78,
    );
  };
  while ((await current(connection)) < migrations.length) {
    await connection.transaction(
      async (session) => {
        // Another process that migrates may hold it for as long as it needs.
        await session.run('SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))', [
          LOCK,
        ]);
        await session.run(`SET LOCAL lock_timeout = '${LOCK_SECONDS}s'`);
        // It may have been faster.
        const from = await current(session);
        const step = migrations[from];
        if (step === undefined) return;
        if (from === 0) await makeSchema(session);
        await session.run(step.sql);
        await session.run(`INSERT INTO ${SCHEMA}.schema_versions (version, oldest_reader) VALUES ($1, $2)`, [
          from + 1,
          step.oldestReader,
        ]);
      },
      { statementTimeoutMs: STEP_TIMEOUT_MS },
    );
  }
}
