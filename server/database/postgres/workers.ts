import * as v from 'valibot';
import { roles, type Workers } from '../../runs/workers';
import { toStorableJson } from '../storable';
import type { PostgresConnection } from './connection';
import { SCHEMA } from './schema';

const moment = v.pipe(
  v.date(),
  v.transform((date) => date.toISOString()),
);
const workerRow = v.object({
  id: v.string(),
  host: v.string(),
  pid: v.number(),
  role: v.picklist(roles),
  version: v.string(),
  places: v.number(),
  startedAt: moment,
  seenAt: moment,
  runs: v.array(v.object({ tenant: v.string(), run: v.string(), startedAt: v.string() })),
});

/** Opens what is known of the processes that take part, by the database's clock. */
export function openWorkers({ query, run }: PostgresConnection): Workers {
  return {
    put: async ({ id, host, pid, role, version, places, runs }) => {
      await run(
        `WITH forgotten AS (
           DELETE FROM ${SCHEMA}.workers WHERE id <> $1 AND seen_at < (SELECT pg_catalog.clock_timestamp()) - interval '1 day'
         )
         INSERT INTO ${SCHEMA}.workers (id, host, pid, role, version, places, runs, started_at, seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7::pg_catalog.jsonb, pg_catalog.clock_timestamp(), pg_catalog.clock_timestamp())
         ON CONFLICT (id) DO UPDATE SET host = excluded.host, pid = excluded.pid, role = excluded.role,
           version = excluded.version, places = excluded.places, runs = excluded.runs,
           seen_at = excluded.seen_at`,
        [id, host, pid, role, version, places, toStorableJson(runs)],
      );
    },
    list: () =>
      query(
        workerRow,
        `SELECT id, host, pid, role, version, places, started_at AS "startedAt", seen_at AS "seenAt", runs
         FROM ${SCHEMA}.workers WHERE seen_at >= (SELECT pg_catalog.clock_timestamp()) - interval '1 minute'
         ORDER BY started_at, id`,
      ),
    remove: async (id) => {
      await run(`DELETE FROM ${SCHEMA}.workers WHERE id = $1`, [id]);
    },
  };
}
