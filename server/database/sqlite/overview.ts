import type { Overview, TenantStanding } from '../../tenants/overview';
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
import type { Connection } from './connection';
import { damagedRow } from './errors';

/** As `isReplay` in src/run-words.ts, of a row of runs. */
const isReplay = (runs: string) =>
  `COALESCE(json_extract(${runs}.record, '$.startedFrom') <= json_extract(${runs}.record, '$.startCheckpoint'), FALSE)`;

const REJECTED = `(SELECT COALESCE(SUM(runs.rejected), 0) FROM runs
  WHERE runs.store_id = run_stores.id AND runs.rejected > 0 AND runs.last_start >= :rejectedFrom
    AND NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.store_id = run_stores.id AND later.id > runs.id
      AND later.rejected = 0 AND later.failed = 0 AND ${isReplay('later')}))`;

/** Opens the look at all tenants. */
export function openOverview({ path, query }: Connection, now: () => number): Overview {
  const toStandings = createStandings((error) => damagedRow(path, error));
  /** @param where which tenants, as a condition on the table of the tenants */
  const standings = (where: string, parameters: { name?: string } = {}): TenantStanding[] => {
    const lastRuns = query(
      lastRow,
      `SELECT run_stores.tenant_id AS tenantId, runs.record
       FROM tenants JOIN run_stores ON run_stores.tenant_id = tenants.id JOIN runs ON runs.id IN
         (SELECT id FROM runs WHERE store_id = run_stores.id ORDER BY id DESC LIMIT 2)
       WHERE ${where}
       ORDER BY runs.id`,
      parameters,
    );
    const rows = query(
      standingRow,
      `SELECT ${TENANT_COLUMNS}, run_stores.state, ${REJECTED} AS rejected
       FROM tenants JOIN run_stores ON run_stores.tenant_id = tenants.id WHERE ${where} ORDER BY tenants.name`,
      { ...parameters, rejectedFrom: now() - REJECTED_SHOWN_MS },
    );
    return toStandings(rows, lastRuns);
  };
  return {
    standings: async () => standings('TRUE'),
    standing: async (name) => standings('tenants.name = :name', { name })[0],
    record: async (tenantId, runId) =>
      query(
        recordRow,
        `SELECT record FROM runs
         WHERE run_id = :runId AND store_id = (SELECT id FROM run_stores WHERE tenant_id = :tenantId)`,
        { tenantId, runId },
      )[0]?.record,
    hours: async (tenantIds, from) =>
      hoursByTenant(
        query(
          hourRow,
          `WITH replays AS MATERIALIZED (
             SELECT store_id, id, json_extract(record, '$.startCheckpoint') AS reached FROM runs
             WHERE last_start >= :from AND store_id IN (SELECT id FROM run_stores WHERE tenant_id IN
               (SELECT value FROM json_each(:tenantIds))) AND ${isReplay('runs')}
           )
           SELECT run_stores.tenant_id AS tenantId, runs.last_start / ${HOUR_MS} AS hour, SUM(runs.events) AS events,
             SUM(CASE WHEN runs.events > 0 AND EXISTS (SELECT 1 FROM replays WHERE replays.store_id = runs.store_id
               AND (replays.id = runs.id OR replays.id < runs.id
                 AND replays.reached > json_extract(runs.record, '$.startCheckpoint'))) THEN runs.events ELSE 0 END) AS replayed,
             SUM(runs.failed * runs.runs) AS failed
           FROM json_each(:tenantIds) AS wanted JOIN run_stores ON run_stores.tenant_id = wanted.value
             JOIN runs ON runs.store_id = run_stores.id
           WHERE runs.last_start >= :from GROUP BY 1, 2 ORDER BY 1, 2`,
          { tenantIds: JSON.stringify(tenantIds), from },
        ),
      ),
  };
}
