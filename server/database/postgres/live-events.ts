import * as v from 'valibot';
import { ROWS_AT_ONCE } from '../history-limits';
import type { PostgresConnection } from './connection';
import { toJsonb } from './jsonb';
import { SCHEMA } from './schema';

const liveEventRow = v.object({
  /** Goes up; begins anew where the server has crashed, which empties the table. */
  id: v.number(),
  /** ISO 8601, by the database's clock. */
  at: v.pipe(
    v.date(),
    v.transform((date) => date.toISOString()),
  ),
  /** Id of the process in which it happened. */
  worker: v.string(),
  kind: v.picklist(['line', 'begin', 'end', 'change']),
  /** Name of the tenant that it is about; empty where it is about several, or none. */
  tenant: v.string(),
  /** The run that it is about; empty where it is about none. */
  run: v.string(),
  text: v.string(),
});

/** Something that happened in one of the processes. */
export type LiveEventRow = v.InferOutput<typeof liveEventRow>;

/** What happens in all processes, for those who watch in any of them. */
export interface LiveEvents {
  /**
   * Adds events in their order. Ids are given in the order in which they can be read: whoever has read one has missed
   * none with a smaller one, also where several processes append at once.
   */
  append(events: readonly Omit<LiveEventRow, 'id' | 'at'>[]): Promise<void>;
  /** Those after the one of an id, oldest first. */
  after(id: number, limit: number): Promise<LiveEventRow[]>;
  /** Id of the newest; 0 where there is none. */
  newest(): Promise<number>;
  /** Drops what is older than some milliseconds. */
  prune(olderThanMs: number): Promise<void>;
}

/** Random: no other program on this database takes the same lock. */
const APPEND_LOCK = 4_711_638_205_917_443;
const lockRow = v.object({ lock: v.string() });
const newestRow = v.object({ id: v.number() });

/** Opens what happens in all processes. */
export function openLiveEvents({ query, run, transaction }: PostgresConnection): LiveEvents {
  return {
    append: async (events) => {
      if (events.length === 0) return;
      await transaction(async (session) => {
        await session.query(lockRow, 'SELECT pg_advisory_xact_lock($1)::text AS lock', [APPEND_LOCK]);
        await session.run(
          `INSERT INTO ${SCHEMA}.live_events (worker, kind, tenant, run, text)
         SELECT event.worker, event.kind, event.tenant, event.run, event.text
         FROM ROWS FROM (jsonb_to_recordset($1::jsonb)
           AS (worker text, kind text, tenant text, run text, text text)) WITH ORDINALITY AS event
         ORDER BY event.ordinality`,
          [toJsonb(events)],
        );
      });
    },
    after: (id, limit) =>
      query(
        liveEventRow,
        `SELECT id, at, worker, kind, tenant, run, text FROM ${SCHEMA}.live_events
         WHERE id > $1 ORDER BY id LIMIT $2`,
        [id, limit],
      ),
    newest: async () =>
      (await query(newestRow, `SELECT COALESCE(MAX(id), 0) AS id FROM ${SCHEMA}.live_events`))[0]?.id ?? 0,
    prune: async (olderThanMs) => {
      let dropped = ROWS_AT_ONCE;
      while (dropped === ROWS_AT_ONCE) {
        dropped = await run(
          `DELETE FROM ${SCHEMA}.live_events WHERE id IN (
             SELECT id FROM ${SCHEMA}.live_events
             WHERE at < statement_timestamp() - $1 * interval '1 millisecond' ORDER BY at LIMIT $2
           )`,
          [olderThanMs, ROWS_AT_ONCE],
        );
      }
    },
  };
}
