import type { RunNotes } from '../../runs/run-notes';
import { noteRow, triggerRow } from '../run-rows';
import type { PostgresConnection } from './connection';
import { SCHEMA } from './schema';

const OF_TENANT = `store_id = (SELECT id FROM ${SCHEMA}.run_stores WHERE tenant_id = $1)`;

/** Opens the notes on the runs of all tenants. That of a tenant that was removed meanwhile is not kept. */
export function openRunNotes({ query, run }: PostgresConnection): RunNotes {
  return {
    put: async (tenantId, { id, trigger, dueAt, startedAt, linesLeftOut, lines }) => {
      const text = JSON.stringify(lines);
      await run(
        `INSERT INTO ${SCHEMA}.run_notes
           (store_id, run_id, cause, due_at, started_at, lines, lines_left_out, characters)
         SELECT id, $2, $3, $4, $5, $6, $7::integer, $8::bigint FROM ${SCHEMA}.run_stores WHERE tenant_id = $1
         ON CONFLICT (store_id, run_id) DO UPDATE SET cause = excluded.cause, due_at = excluded.due_at,
           started_at = excluded.started_at, lines = excluded.lines, lines_left_out = excluded.lines_left_out,
           characters = excluded.characters`,
        [tenantId, id, trigger, dueAt, startedAt, text, linesLeftOut, text.length],
      );
    },
    find: async (tenantId, runId) =>
      (
        await query(
          noteRow,
          `SELECT run_id AS id, cause AS "trigger", due_at AS "dueAt", started_at AS "startedAt", lines,
             lines_left_out AS "linesLeftOut"
           FROM ${SCHEMA}.run_notes WHERE ${OF_TENANT} AND run_id = $2`,
          [tenantId, runId],
        )
      )[0],
    triggers: async (tenantId, runIds) => {
      const rows = await query(
        triggerRow,
        `SELECT run_id AS id, cause AS "trigger" FROM ${SCHEMA}.run_notes
         WHERE ${OF_TENANT} AND run_id = ANY ($2::pg_catalog.text[])`,
        [tenantId, runIds],
      );
      return new Map(rows.map((row) => [row.id, row.trigger]));
    },
  };
}
