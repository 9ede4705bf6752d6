import * as v from 'valibot';
import type { RunNotes } from '../runs/run-notes';
import type { Connection } from './connection';

const trigger = v.picklist(['schedule', 'missed', 'start', 'manual', 'command']);

const note = v.object({
  id: v.string(),
  trigger,
  dueAt: v.string(),
  startedAt: v.string(),
  lines: v.pipe(v.string(), v.parseJson(), v.array(v.string())),
  linesLeftOut: v.number(),
});

const triggerRow = v.object({ id: v.string(), trigger });

/** Opens the notes on the runs of all tenants. That of a tenant that was removed meanwhile is not kept. */
export function openRunNotes({ query, run }: Connection): RunNotes {
  return {
    put: async (tenantId, note) => {
      const lines = JSON.stringify(note.lines);
      run(
        `INSERT INTO run_notes (store_id, run_id, cause, due_at, started_at, lines, lines_left_out, characters)
         SELECT id, :runId, :cause, :dueAt, :startedAt, :lines, :linesLeftOut, :characters
           FROM run_stores WHERE tenant_id = :tenantId
         ON CONFLICT (store_id, run_id) DO UPDATE SET cause = excluded.cause, due_at = excluded.due_at,
           started_at = excluded.started_at, lines = excluded.lines, lines_left_out = excluded.lines_left_out,
           characters = excluded.characters`,
        {
          tenantId,
          runId: note.id,
          cause: note.trigger,
          dueAt: note.dueAt,
          startedAt: note.startedAt,
          lines,
          linesLeftOut: note.linesLeftOut,
          characters: lines.length,
        },
      );
    },
    find: async (tenantId, runId) =>
      query(
        note,
        `SELECT run_id AS id, cause AS "trigger", due_at AS dueAt, started_at AS startedAt, lines,
           lines_left_out AS linesLeftOut
         FROM run_notes WHERE run_id = :runId AND store_id = (SELECT id FROM run_stores WHERE tenant_id = :tenantId)`,
        { tenantId, runId },
      )[0],
    triggers: async (tenantId, runIds) => {
      const rows = query(
        triggerRow,
        `SELECT run_id AS id, cause AS "trigger" FROM run_notes
         WHERE run_id IN (SELECT value FROM json_each(:runIds))
           AND store_id = (SELECT id FROM run_stores WHERE tenant_id = :tenantId)`,
        { tenantId, runIds: JSON.stringify(runIds) },
      );
      return new Map(rows.map((row) => [row.id, row.trigger]));
    },
  };
}
