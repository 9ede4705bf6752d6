import * as v from 'valibot';
import { ROWS_AT_ONCE } from '../history-limits';
import { toStorableJson } from '../storable';
import type { Session } from './connection';
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
  append(events: readonly Omit<LiveEventRow, 'id' | 'at'>[]): Promise<void>;
  /** Those after the one of an id, oldest first. */
  after(id: number, limit: number): Promise<LiveEventRow[]>;
  /** Id of the newest; 0 where there is none. */
  newest(): Promise<number>;
  /** Drops what is older than some milliseconds. */
  prune(olderThanMs: number): Promise<void>;
}

const newestRow = v.object({ id: v.number() });

/**
 * The text of an advisory lock: one after the other, so that events are seen in the order of their ids, and whoever has
 * seen one has missed none before it.
 */
const LOCK = `${SCHEMA}.live_events`;

/** Opens what happens in all processes. */
export function openLiveEvents({ query, run }: Session): LiveEvents {
  return {
    append: async (events) => {
      if (events.length === 0) return;
      await run(
        `WITH locked AS MATERIALIZED (SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($2, 0)))
         INSERT INTO ${SCHEMA}.live_events (worker, kind, tenant, run, text)
         SELECT event.worker, event.kind, event.tenant, event.run, event.text
         FROM locked, ROWS FROM (pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb)
           AS (worker pg_catalog.text, kind pg_catalog.text, tenant pg_catalog.text, run pg_catalog.text, text pg_catalog.text)) WITH ORDINALITY AS event
         ORDER BY event.ordinality`,
        [toStorableJson(events), LOCK],
      );
    },
    after: (id, limit) =>
      query(
        liveEventRow,
        `SELECT id, at, worker, kind, tenant, run, text FROM ${SCHEMA}.live_events
         WHERE id > $1 ORDER BY id LIMIT $2`,
        [id, limit],
      ),
    newest: async () =>
      (await query(newestRow, `SELECT COALESCE(pg_catalog.max(id), 0) AS id FROM ${SCHEMA}.live_events`))[0]
        ?.id ?? 0,
    prune: async (olderThanMs) => {
      let dropped = ROWS_AT_ONCE;
      while (dropped === ROWS_AT_ONCE) {
        dropped = await run(
          `DELETE FROM ${SCHEMA}.live_events WHERE id IN (
             SELECT id FROM ${SCHEMA}.live_events
             WHERE at < (SELECT pg_catalog.clock_timestamp()) - $1 * interval '1 millisecond' ORDER BY at LIMIT $2
           )`,
          [olderThanMs, ROWS_AT_ONCE],
        );
      }
    },
  };
}
