import * as v from 'valibot';
import type { Session } from './postgres/connection';
import { SCHEMA } from './postgres/schema';
import type { Connection } from './sqlite/connection';
import { toStorableJson } from './storable';

/** Rows that are held in memory at once. A record has some hundred characters, some KB where much was rejected. */
const ROWS_AT_ONCE = 500;

/** What a column holds, by its type in PostgreSQL. */
const COLUMN_TYPES = {
  'pg_catalog.text': v.string(),
  integer: v.number(),
  bigint: v.nullable(v.number()),
  // Parsed, because PostgreSQL refuses some characters there that SQLite's text may have.
  'pg_catalog.jsonb': v.pipe(v.string(), v.parseJson()),
} as const;

/** A table whose rows belong to a tenant or its history, and are only ever added, oldest first. */
interface Log {
  readonly name: string;
  readonly owner: 'store_id' | 'tenant_id';
  readonly columns: Readonly<Record<string, keyof typeof COLUMN_TYPES>>;
  /** What the index has by which a row is there once; `undefined`: it is there once by its number alone. */
  readonly once?: string;
}

export const RUNS: Log = {
  name: 'runs',
  owner: 'store_id',
  columns: {
    run_id: 'pg_catalog.text',
    first_start: 'bigint',
    last_start: 'bigint',
    runs: 'bigint',
    failed: 'integer',
    rejected: 'bigint',
    logs_processed: 'bigint',
    batches: 'bigint',
    skipped: 'bigint',
    events: 'bigint',
    record: 'pg_catalog.jsonb',
  },
  once: '(store_id, run_id)',
};

export const NOTES: Log = {
  name: 'run_notes',
  owner: 'store_id',
  columns: {
    run_id: 'pg_catalog.text',
    cause: 'pg_catalog.text',
    due_at: 'pg_catalog.text',
    started_at: 'pg_catalog.text',
    lines: 'pg_catalog.text',
    lines_left_out: 'integer',
    characters: 'bigint',
  },
  once: '(store_id, run_id)',
};

export const CHANGES: Log = {
  name: 'tenant_changes',
  owner: 'tenant_id',
  columns: {
    at: 'pg_catalog.text',
    name: 'pg_catalog.text',
    was: 'pg_catalog.text',
    became: 'pg_catalog.text',
  },
};

/**
 * Adds rows of SQLite to PostgreSQL, some at a time, in their order.
 *
 * @param from whose rows, and the number of the last that is there already
 * @param to whose they are in PostgreSQL
 * @returns how many were added, and the number of the last one in SQLite
 * @throws {DatabaseError}
 */
export async function copyRows(
  { name, owner, columns, once }: Log,
  { query }: Connection,
  from: { owner: string | number; after: number },
  { run }: Session,
  to: string | number,
): Promise<{ added: number; last: number }> {
  const names = Object.keys(columns).join(', ');
  const row = v.object({
    id: v.number(),
    ...Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, COLUMN_TYPES[type]])),
  });
  const definition = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  let added = 0;
  let last = from.after;
  for (;;) {
    const rows = query(
      row,
      `SELECT id, ${names} FROM ${name} WHERE ${owner} = :owner AND id > :last ORDER BY id LIMIT :most`,
      { owner: from.owner, last, most: ROWS_AT_ONCE },
    );
    const newest = rows.at(-1);
    if (!newest) return { added, last };
    added += await run(
      `INSERT INTO ${SCHEMA}.${name} (${owner}, ${names})
       SELECT $1, ${names} FROM pg_catalog.json_to_recordset($2::pg_catalog.json) AS copied (id bigint, ${definition.join(', ')})
       ORDER BY copied.id ${once ? `ON CONFLICT ${once} DO NOTHING` : ''}`,
      [to, toStorableJson(rows)],
    );
    last = newest.id;
  }
}
