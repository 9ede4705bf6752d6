import type { Overview, TenantStanding } from '../../tenants/overview';
import type { DatabaseError } from '../errors';
import {
  createStandings,
  HOUR_MS,
  hourRow,
  hoursByTenant,
  lastRow,
  REJECTED_SHOWN_MS,
  recordRow,
  standingRow,
} from '../standing-rows';
import { TENANT_COLUMNS } from '../tenant-rows';
import type { PostgresConnection, Values } from './connection';
import { SCHEMA } from './schema';

const TENANTS = `${SCHEMA}.tenants JOIN ${SCHEMA}.run_stores ON run_stores.tenant_id = tenants.id`;

/** As `isReplay` in src/run-words.ts, of a row of runs. */
const isReplay = (runs: string) =>
  `COALESCE((${runs}.record ->> 'startedFrom') COLLATE pg_catalog."C" <= (${runs}.record ->> 'startCheckpoint'), FALSE)`;

/** @param from parameter that holds the start of the day, in milliseconds since 1970 */
const rejectedSince = (
  from: string,
) => `(SELECT COALESCE(pg_catalog.sum(runs.rejected), 0)::bigint FROM ${SCHEMA}.runs
  WHERE runs.store_id = run_stores.id AND runs.rejected > 0
    AND runs.last_start >= ${from}::bigint
    AND NOT EXISTS (SELECT 1 FROM ${SCHEMA}.runs AS later WHERE later.store_id = run_stores.id AND later.id > runs.id
      AND later.rejected = 0 AND later.failed = 0 AND ${isReplay('later')}))`;

/**
 * Opens the look at all tenants.
 *
 * @param damaged the error for a record that is not what was written there
 */
export function openOverview(
  { query, now }: Pick<PostgresConnection, 'query' | 'now'>,
  damaged: (error: unknown) => DatabaseError,
): Overview {
  const toStandings = createStandings(damaged);
  /** @param where which tenants, as a condition on the table of the tenants */
  const standings = async (where: string, values: Values = []): Promise<TenantStanding[]> => {
    const lastRuns = await query(
      lastRow,
      `SELECT run_stores.tenant_id AS "tenantId", newest.record::pg_catalog.text AS record
       FROM ${TENANTS} CROSS JOIN LATERAL (
         SELECT id, record FROM ${SCHEMA}.runs WHERE store_id = run_stores.id ORDER BY id DESC LIMIT 2
       ) AS newest
       WHERE ${where} ORDER BY newest.id`,
      values,
    );
    const rows = await query(
      standingRow,
      `SELECT ${TENANT_COLUMNS}, run_stores.state, ${rejectedSince(`$${values.length + 1}`)} AS rejected
       FROM ${TENANTS} WHERE ${where} ORDER BY tenants.name`,
      [...values, Math.round(now() - REJECTED_SHOWN_MS)],
    );
    return toStandings(rows, lastRuns);
  };
  return {
    standings: () => standings('TRUE'),
    standing: async (name) => (await standings('tenants.name = $1', [name]))[0],
    record: async (tenantId, runId) =>
      (
        await query(
          recordRow,
          `SELECT record::pg_catalog.text AS record FROM ${SCHEMA}.runs
           WHERE run_id = $2 AND store_id = (SELECT id FROM ${SCHEMA}.run_stores WHERE tenant_id = $1)`,
          [tenantId, runId],
        )
      )[0]?.record,
    hours: async (tenantIds, from) =>
      hoursByTenant(
        await query(
          hourRow,
          `WITH replays AS MATERIALIZED (
             SELECT runs.store_id, runs.id, runs.record ->> 'startCheckpoint' AS reached
             FROM ${SCHEMA}.run_stores JOIN ${SCHEMA}.runs ON runs.store_id = run_stores.id
             WHERE run_stores.tenant_id = ANY ($1::pg_catalog.text[]) AND runs.last_start >= $2::bigint AND ${isReplay('runs')}
           )
           SELECT run_stores.tenant_id AS "tenantId", runs.last_start / ${HOUR_MS} AS hour,
             pg_catalog.sum(runs.events) AS events,
             pg_catalog.sum(CASE WHEN runs.events > 0 AND EXISTS (SELECT 1 FROM replays WHERE replays.store_id = runs.store_id
               AND (replays.id = runs.id OR replays.id < runs.id
                 AND replays.reached COLLATE pg_catalog."C" > (runs.record ->> 'startCheckpoint'))) THEN runs.events ELSE 0 END) AS replayed,
             pg_catalog.sum(runs.failed * runs.runs) AS failed
           FROM ${SCHEMA}.run_stores JOIN ${SCHEMA}.runs ON runs.store_id = run_stores.id
           WHERE run_stores.tenant_id = ANY ($1::pg_catalog.text[]) AND runs.last_start >= $2::bigint
           GROUP BY 1, 2 ORDER BY 1, 2`,
          [tenantIds, from],
        ),
      ),
  };
}
