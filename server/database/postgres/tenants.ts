import * as v from 'valibot';
import type { DueTimes, TenantChange, TenantRow, TenantStore } from '../../tenants/tenant-store';
import type { Changes } from '../database';
import { countRow } from '../run-rows';
import { toStorableJson } from '../storable';
import {
  changeRow,
  DUE_COLUMNS,
  dueRow,
  MOST_CHANGES,
  Outdated,
  TENANT_COLUMNS,
  tenantRow,
  toDue,
  toTenantColumns,
} from '../tenant-rows';
import type { PostgresConnection, Session, Transaction } from './connection';
import { NOW_MS, SCHEMA } from './schema';

/** Due times that are moved together with something else in the database. */
export interface Claims {
  /**
   * Moves a tenant's due time, as {@link DueTimes.claim} does, and does something else, or neither. The work may be
   * done again where the database has undone it.
   *
   * @returns `false` where another process was faster; the work is not done then
   * @throws {DatabaseError}, and what the work throws
   */
  claimAnd(
    id: string,
    dueAt: number,
    nextDueAt: number | null,
    work: (session: Pick<Transaction, 'executeSql'>) => Promise<void>,
  ): Promise<boolean>;
}

/**
 * Adds a tenant within a transaction, with what was kept of one of that name.
 *
 * @returns `false` where the name is taken
 */
async function addTenant({ run }: Session, row: TenantRow): Promise<boolean> {
  const { id, name, ...rest } = toTenantColumns(row);
  const added = await run(
    `INSERT INTO ${SCHEMA}.tenants
       (id, name, origin, settings, schedule, time_zone, is_active, created_at, due_at, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (name) DO NOTHING`,
    [
      id,
      name,
      rest.origin,
      rest.settings,
      rest.schedule,
      rest.timeZone,
      rest.isActive,
      rest.createdAt,
      rest.dueAt,
      rest.version,
    ],
  );
  if (added === 0) return false;
  await run(
    `WITH kept AS (
       UPDATE ${SCHEMA}.run_stores SET tenant_id = $1, kept_for = NULL WHERE kept_for = $2 RETURNING id
     )
     INSERT INTO ${SCHEMA}.run_stores (tenant_id) SELECT $1 WHERE NOT EXISTS (SELECT FROM kept)`,
    [id, name],
  );
  return true;
}

/**
 * Replaces a tenant, as long as nobody else has changed it.
 *
 * @returns whether nobody has
 */
async function replaceTenant(
  { run }: Session,
  row: TenantRow,
  changes: readonly TenantChange[],
): Promise<boolean> {
  const { id, version, origin, settings, dueAt, schedule, timeZone, isActive } = toTenantColumns(row);
  const isSame = 'schedule = $6 AND time_zone = $7 AND is_active = $8';
  const replaced = await run(
    `UPDATE ${SCHEMA}.tenants SET origin = $3, settings = $4,
       due_at = CASE WHEN ${isSame} THEN due_at ELSE $5::bigint END,
       due_for = CASE WHEN ${isSame} THEN due_for END,
       schedule = $6, time_zone = $7, is_active = $8, version = version + 1
     WHERE id = $1 AND version = $2`,
    [id, version, origin, settings, dueAt, schedule, timeZone, isActive],
  );
  if (replaced === 0) return false;
  if (changes.length === 0) return true;
  await run(
    `INSERT INTO ${SCHEMA}.tenant_changes (tenant_id, at, name, was, became)
     SELECT $1, change.at, change.name, change."from", change."to"
     FROM ROWS FROM (pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS (at pg_catalog.text, name pg_catalog.text, "from" pg_catalog.text, "to" pg_catalog.text))
       WITH ORDINALITY AS change
     ORDER BY change.ordinality`,
    [id, toStorableJson(changes)],
  );
  await run(
    `DELETE FROM ${SCHEMA}.tenant_changes WHERE tenant_id = $1 AND id <=
       (SELECT id FROM ${SCHEMA}.tenant_changes WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)`,
    [id, MOST_CHANGES],
  );
  return true;
}

/**
 * Removes a tenant, with its state and history or without.
 *
 * @param version that it must have; any where left out
 * @returns whether it was there
 */
async function removeTenant(
  { run }: Session,
  id: string,
  keepState: boolean,
  version: number | null = null,
): Promise<boolean> {
  await run(
    keepState
      ? `UPDATE ${SCHEMA}.run_stores SET kept_for = (SELECT name FROM ${SCHEMA}.tenants WHERE id = $1),
           tenant_id = NULL
         WHERE tenant_id = $1`
      : `DELETE FROM ${SCHEMA}.run_stores WHERE tenant_id = $1`,
    [id],
  );
  const removed = await run(
    `DELETE FROM ${SCHEMA}.tenants WHERE id = $1 AND version = COALESCE($2::bigint, version)`,
    [id, version],
  );
  return removed === 1;
}

const CLAIM = `UPDATE ${SCHEMA}.tenants SET due_at = $3::bigint, due_for = NULL
  WHERE id = $1 AND is_active = 1 AND due_at = $2::bigint`;

const changesRow = v.object({ tenants: v.number(), dueTimes: v.number() });

/** A number of all rows by some of their columns. */
const numberOf = (columns: string): string =>
  `COALESCE(pg_catalog.abs(pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', ${columns}), 0))) % ${Number.MAX_SAFE_INTEGER}, 0)`;

/**
 * Numbers of the tenants and their due times as they are. Of all rows, because whatever counts changes would be one
 * row that every claim waits for, or a sequence, which moves on before what it counts can be seen. A thousand
 * tenants take the server a millisecond or two.
 *
 * @throws {DatabaseError}
 */
export async function readChanges({ query }: Session): Promise<Changes> {
  const [row] = await query(
    changesRow,
    `SELECT ${numberOf('id, version')} AS "tenants",
       ${numberOf('id, version, due_at, due_for')} AS "dueTimes"
     FROM ${SCHEMA}.tenants`,
  );
  return row ?? { tenants: 0, dueTimes: 0 };
}

/** Opens the tenants and their due times. */
export function openTenants({
  query,
  run,
  transaction,
}: PostgresConnection): TenantStore & DueTimes & Claims {
  return {
    list: () => query(tenantRow, `SELECT ${TENANT_COLUMNS} FROM ${SCHEMA}.tenants ORDER BY name`),
    find: async (name) =>
      (await query(tenantRow, `SELECT ${TENANT_COLUMNS} FROM ${SCHEMA}.tenants WHERE name = $1`, [name]))[0],
    add: (row) => transaction((session) => addTenant(session, row)),
    replace: (row, changes) => transaction((session) => replaceTenant(session, row, changes)),
    apply: async ({ add = [], replace = [], remove = [] }) => {
      const insist = (isDone: boolean): void => {
        if (!isDone) throw new Outdated();
      };
      try {
        await transaction(async (session) => {
          for (const one of remove) {
            insist(await removeTenant(session, one.id, one.keepState, one.version));
          }
          for (const { row, changes } of replace) insist(await replaceTenant(session, row, changes));
          for (const row of add) insist(await addTenant(session, row));
        });
        return true;
      } catch (error) {
        if (error instanceof Outdated) return false;
        throw error;
      }
    },
    remove: async (id, keepState) => {
      await transaction((session) => removeTenant(session, id, keepState));
    },
    changes: (id, limit) =>
      query(
        changeRow,
        `SELECT at, name, was AS "from", became AS "to" FROM ${SCHEMA}.tenant_changes
         WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2`,
        [id, limit],
      ),
    count: async () =>
      (await query(countRow, `SELECT pg_catalog.count(*) AS "count" FROM ${SCHEMA}.tenants`))[0]?.count ?? 0,
    // By the database's clock alone: those of the processes may differ.
    due: async (_now, limit) =>
      toDue(
        await query(
          dueRow,
          `SELECT ${DUE_COLUMNS}, ${NOW_MS} AS now FROM ${SCHEMA}.tenants
           WHERE is_active = 1 AND due_at IS NOT NULL ORDER BY due_at LIMIT $1`,
          [limit + 1],
        ),
        limit,
      ),
    claim: async (id, dueAt, nextDueAt) => (await run(CLAIM, [id, dueAt, nextDueAt])) === 1,
    claimAnd: (id, dueAt, nextDueAt, work) =>
      transaction(async (session) => {
        if ((await session.run(CLAIM, [id, dueAt, nextDueAt])) === 0) return false;
        await work(session);
        return true;
      }),
    bringForward: async (id, at) =>
      (await run(
        `UPDATE ${SCHEMA}.tenants SET due_at = $2::bigint, due_for = 'stream'
         WHERE id = $1 AND is_active = 1 AND (due_at IS NULL OR due_at > $2::bigint)`,
        [id, at],
      )) === 1,
  };
}
