import { setImmediate as turn } from 'node:timers/promises';
import * as v from 'valibot';
import {
  DAY_MS,
  type HistoryLimits,
  MOST_CHARACTERS,
  MOST_OLDER_FAILURES,
  MOST_RECORDS,
  ROWS_AT_ONCE,
} from '../history-limits';
import type { Connection } from './connection';

const idRow = v.object({ id: v.number() });
const dropRow = v.object({ id: v.number(), lastStart: v.nullable(v.number()) });

/**
 * Drops what is too old, and the oldest where there is too much, a little at a time, so that neither this process nor
 * another waits long. Ends early where the database has been closed.
 *
 * @param now milliseconds since 1970
 * @returns the number of records that were dropped
 * @throws {DatabaseError}
 */
export async function prune(
  { query, run, write }: Connection,
  now: number,
  {
    days,
    records = MOST_RECORDS,
    olderFailures = MOST_OLDER_FAILURES,
    characters = MOST_CHARACTERS,
  }: HistoryLimits,
  isClosed: () => boolean,
): Promise<number> {
  const cutoff = now - days * DAY_MS;
  const before = new Date(cutoff).toISOString();

  /** The newest record that the limits of rows leave no room for; `0` where there is none. */
  const surplus = (storeId: number, where: string, most: number): number =>
    query(
      idRow,
      `SELECT id FROM runs WHERE store_id = :storeId AND ${where} ORDER BY id DESC LIMIT 1 OFFSET :most`,
      { storeId, most },
    )[0]?.id ?? 0;

  // What there is to do is found before others are made to wait; another process that does the same harms nothing.
  const dropRuns = (storeId: number): number => {
    const last = surplus(storeId, 'TRUE', records);
    const lastFailure = last === 0 ? 0 : surplus(storeId, `failed = 1 AND id <= ${last}`, olderFailures);
    const dropped = query(
      dropRow,
      `SELECT id, last_start AS lastStart FROM (
         SELECT id, last_start FROM runs WHERE store_id = :storeId AND last_start < :cutoff
         UNION SELECT id, last_start FROM runs WHERE store_id = :storeId AND id <= :last AND failed = 0
         UNION SELECT id, last_start FROM runs WHERE store_id = :storeId AND id <= :lastFailure AND failed = 1
       ) LIMIT :rows`,
      { storeId, cutoff, last, lastFailure, rows: ROWS_AT_ONCE },
    );
    if (dropped.length === 0) return 0;
    const ids = JSON.stringify(dropped.map(({ id }) => id));
    const until = dropped.reduce((newest, { lastStart }) => Math.max(newest, lastStart ?? 0), 0);
    write(() => {
      run(
        `DELETE FROM run_notes WHERE store_id = :storeId AND run_id IN
           (SELECT run_id FROM runs WHERE id IN (SELECT value FROM json_each(:ids)))`,
        { storeId, ids },
      );
      run('DELETE FROM runs WHERE id IN (SELECT value FROM json_each(:ids))', { ids });
      run(
        'UPDATE run_stores SET dropped_until = MAX(COALESCE(dropped_until, 0), :until) WHERE id = :storeId',
        { storeId, until },
      );
    });
    return dropped.length;
  };

  /** Notes of runs that left no record, and lines for which there is no room. */
  const dropNotes = (storeId: number): number => {
    const old = query(
      idRow,
      'SELECT id FROM run_notes WHERE store_id = :storeId AND started_at < :before LIMIT :rows',
      { storeId, before, rows: ROWS_AT_ONCE },
    );
    const long = query(
      idRow,
      `SELECT id FROM (
         SELECT id, SUM(characters) OVER (ORDER BY id DESC) AS total
         FROM run_notes WHERE store_id = :storeId AND characters > 0
       ) WHERE total > :characters LIMIT :rows`,
      { storeId, characters, rows: ROWS_AT_ONCE },
    );
    if (old.length + long.length === 0) return 0;
    write(() => {
      run('DELETE FROM run_notes WHERE id IN (SELECT value FROM json_each(:ids))', {
        ids: JSON.stringify(old.map(({ id }) => id)),
      });
      run(
        `UPDATE run_notes SET lines = '[]', characters = 0,
           lines_left_out = lines_left_out + json_array_length(lines)
         WHERE id IN (SELECT value FROM json_each(:ids))`,
        { ids: JSON.stringify(long.map(({ id }) => id)) },
      );
    });
    return old.length + long.length;
  };

  let count = 0;
  for (const { id } of query(idRow, 'SELECT id FROM run_stores')) {
    for (const drop of [dropRuns, dropNotes]) {
      for (let dropped = -1; dropped !== 0; ) {
        if (isClosed()) return count;
        dropped = drop(id);
        if (drop === dropRuns) count += dropped;
        await turn();
      }
    }
  }
  return count;
}
