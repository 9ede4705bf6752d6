import * as v from 'valibot';
import {
  DAY_MS,
  type HistoryLimits,
  MOST_CHARACTERS,
  MOST_OLDER_FAILURES,
  MOST_RECORDS,
  ROWS_AT_ONCE,
} from '../history-limits';
import { countRow } from '../run-rows';
import type { Session } from './connection';
import { NOW_MS, SCHEMA } from './schema';

const idRow = v.object({ id: v.number() });

/**
 * Drops what is too old by the database's clock, and the oldest where there is too much, in statements of some hundred
 * rows each, so that nobody waits long. Ends early where the database has been closed. Several processes that do so
 * at once harm nothing.
 *
 * @returns the number of records that were dropped
 * @throws {DatabaseError}
 */
export async function prune(
  { query }: Session,
  {
    days,
    records = MOST_RECORDS,
    olderFailures = MOST_OLDER_FAILURES,
    characters = MOST_CHARACTERS,
  }: HistoryLimits,
  isClosed: () => boolean,
): Promise<number> {
  const cutoff = `(${NOW_MS} - ${days * DAY_MS})`;

  /** The newest record that the limits of rows leave no room for; `0` where there is none. */
  const surplus = async (storeId: number, where: string, most: number): Promise<number> => {
    const [first] = await query(
      idRow,
      `SELECT id FROM ${SCHEMA}.runs WHERE store_id = $1 AND ${where} ORDER BY id DESC LIMIT 1 OFFSET $2`,
      [storeId, most],
    );
    return first?.id ?? 0;
  };

  const dropRuns = async (storeId: number): Promise<number> => {
    const last = await surplus(storeId, 'TRUE', records);
    const lastFailure =
      last === 0 ? 0 : await surplus(storeId, `failed = 1 AND id <= ${last}`, olderFailures);
    const found = `SELECT id, run_id FROM ${SCHEMA}.runs WHERE store_id = $1`;
    const [dropped] = await query(
      countRow,
      `WITH old AS (
         (${found} AND last_start < ${cutoff} LIMIT $4)
         UNION (${found} AND id <= $2::bigint AND failed = 0 LIMIT $4)
         UNION (${found} AND id <= $3::bigint AND failed = 1 LIMIT $4)
         LIMIT $4
       ),
       unnoted AS (
         DELETE FROM ${SCHEMA}.run_notes USING old
         WHERE run_notes.store_id = $1 AND run_notes.run_id = old.run_id
       ),
       dropped AS (
         DELETE FROM ${SCHEMA}.runs USING old WHERE runs.id = old.id RETURNING runs.last_start
       ),
       marked AS (
         UPDATE ${SCHEMA}.run_stores SET dropped_until =
           GREATEST(COALESCE(dropped_until, 0), (SELECT COALESCE(pg_catalog.max(last_start), 0) FROM dropped))
         WHERE id = $1 AND EXISTS (SELECT FROM dropped)
       )
       SELECT pg_catalog.count(*) AS "count" FROM dropped`,
      [storeId, last, lastFailure, ROWS_AT_ONCE],
    );
    return dropped?.count ?? 0;
  };

  /** Notes of runs that left no record. */
  const dropNotes = async (storeId: number): Promise<number> => {
    const [dropped] = await query(
      countRow,
      `WITH dropped AS (
         DELETE FROM ${SCHEMA}.run_notes WHERE id IN (
           SELECT id FROM ${SCHEMA}.run_notes WHERE store_id = $1
             AND started_at < pg_catalog.to_char(pg_catalog.to_timestamp(${cutoff} / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
           LIMIT $2
         ) RETURNING id
       )
       SELECT pg_catalog.count(*) AS "count" FROM dropped`,
      [storeId, ROWS_AT_ONCE],
    );
    return dropped?.count ?? 0;
  };

  /** Lines for which there is no room. */
  const dropLines = async (storeId: number): Promise<number> => {
    const [dropped] = await query(
      countRow,
      `WITH dropped AS (
         UPDATE ${SCHEMA}.run_notes SET lines = '[]', characters = 0,
           lines_left_out = lines_left_out + pg_catalog.json_array_length(lines::pg_catalog.json)
         WHERE id IN (
           SELECT id FROM (
             SELECT id, pg_catalog.sum(characters) OVER (ORDER BY id DESC) AS total
             FROM ${SCHEMA}.run_notes WHERE store_id = $1 AND characters > 0
           ) AS noted WHERE total > $2::bigint LIMIT $3
         ) RETURNING id
       )
       SELECT pg_catalog.count(*) AS "count" FROM dropped`,
      [storeId, characters, ROWS_AT_ONCE],
    );
    return dropped?.count ?? 0;
  };

  let count = 0;
  if (isClosed()) return count;
  for (const { id } of await query(idRow, `SELECT id FROM ${SCHEMA}.run_stores`)) {
    for (const drop of [dropRuns, dropNotes, dropLines]) {
      for (let dropped = -1; dropped !== 0; ) {
        if (isClosed()) return count;
        dropped = await drop(id);
        if (drop === dropRuns) count += dropped;
      }
    }
  }
  return count;
}
