import * as v from 'valibot';
import type { RunNote, RunNotes } from '../../runs/run-notes';
import { noteRow, triggerRow } from '../run-rows';
import type { Connection } from './connection';

const storeRow = v.object({ id: v.number() });

/** Writes the note on a run, or replaces it. */
export function putNote({ run }: Connection, storeId: number, note: RunNote): void {
  const { id: runId, trigger: cause, dueAt, startedAt, linesLeftOut } = note;
  const lines = JSON.stringify(note.lines);
  run(
    `INSERT INTO run_notes (store_id, run_id, cause, due_at, started_at, lines, lines_left_out, characters)
     VALUES (:storeId, :runId, :cause, :dueAt, :startedAt, :lines, :linesLeftOut, :characters)
     ON CONFLICT (store_id, run_id) DO UPDATE SET cause = excluded.cause, due_at = excluded.due_at,
       started_at = excluded.started_at, lines = excluded.lines, lines_left_out = excluded.lines_left_out,
       characters = excluded.characters`,
    { storeId, runId, cause, dueAt, startedAt, lines, linesLeftOut, characters: lines.length },
  );
}

/** Opens the notes on the runs of all tenants. That of a tenant that was removed meanwhile is not kept. */
export function openRunNotes(connection: Connection): RunNotes {
  const { query, write } = connection;
  return {
    put: async (tenantId, note) =>
      write(() => {
        const [store] = query(storeRow, 'SELECT id FROM run_stores WHERE tenant_id = :tenantId', {
          tenantId,
        });
        if (store) putNote(connection, store.id, note);
      }),
    find: async (tenantId, runId) =>
      query(
        noteRow,
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
