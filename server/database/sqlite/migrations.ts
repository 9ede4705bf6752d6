import * as v from 'valibot';
import { HostError } from '../../errors';
import type { Connection } from './connection';

/**
 * What makes a database of each version from the one before, oldest first. One that has been released is never
 * changed, only followed by another.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;

  CREATE TABLE tenants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL,
    settings TEXT NOT NULL,
    schedule TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    due_at INTEGER,
    version INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tenants_due ON tenants (due_at) WHERE is_active = 1 AND due_at IS NOT NULL;

  CREATE TABLE tenant_changes (
    id INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants ON DELETE CASCADE,
    at TEXT NOT NULL,
    name TEXT NOT NULL,
    was TEXT NOT NULL,
    became TEXT NOT NULL
  ) STRICT;
  CREATE INDEX tenant_changes_of ON tenant_changes (tenant_id);

  -- State and history of a tenant, or, under kept_for, of one that was removed, for the next of that name.
  CREATE TABLE run_stores (
    id INTEGER PRIMARY KEY,
    tenant_id TEXT UNIQUE REFERENCES tenants,
    kept_for TEXT UNIQUE,
    state TEXT NOT NULL DEFAULT '{}',
    version INTEGER NOT NULL DEFAULT 0,
    -- Milliseconds since 1970: start of the newest run that the history no longer holds.
    dropped_until INTEGER
  ) STRICT;

  -- Times in milliseconds since 1970; the record is what the runs left, the other columns are for finding it.
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    store_id INTEGER NOT NULL REFERENCES run_stores ON DELETE CASCADE,
    run_id TEXT NOT NULL,
    first_start INTEGER,
    last_start INTEGER,
    runs INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    logs_processed INTEGER NOT NULL,
    batches INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    events INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX runs_by_run_id ON runs (store_id, run_id);
  CREATE INDEX runs_newest ON runs (store_id, id);
  CREATE INDEX runs_by_time ON runs (store_id, last_start, first_start, events, failed, runs);
  CREATE INDEX runs_failed ON runs (store_id, id) WHERE failed = 1;
  CREATE INDEX runs_rejected ON runs (store_id, id) WHERE rejected > 0;

  CREATE TABLE run_notes (
    id INTEGER PRIMARY KEY,
    store_id INTEGER NOT NULL REFERENCES run_stores ON DELETE CASCADE,
    run_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    due_at TEXT NOT NULL,
    started_at TEXT NOT NULL,
    lines TEXT NOT NULL,
    lines_left_out INTEGER NOT NULL,
    characters INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX run_notes_by_run_id ON run_notes (store_id, run_id);
  CREATE INDEX run_notes_newest ON run_notes (store_id, id, characters);
  `,
  `
  -- What brought the due time: 'stream', or null for the schedule.
  ALTER TABLE tenants ADD COLUMN due_for TEXT;

  -- Auth0's log streams that bring due times forward. Times in milliseconds since 1970.
  CREATE TABLE log_streams (
    tenant_id TEXT PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
    token_hash TEXT NOT NULL,
    -- The highest log that was announced.
    noted_id TEXT,
    last_trigger_at INTEGER,
    triggers INTEGER NOT NULL DEFAULT 0,
    -- When the last pull that was asked for is due, or was.
    pull_at INTEGER,
    -- Checkpoint of the last run.
    reached_id TEXT,
    -- Follow-ups so far.
    asked INTEGER NOT NULL DEFAULT 0,
    -- Since when logs were exported that were not announced, and when Slack was told of that.
    silent_since INTEGER,
    told_at INTEGER
  ) STRICT;
  `,
];

const version = v.object({ user_version: v.number() });

/**
 * Brings a database to the version that this program knows, each step wholly or not at all.
 *
 * @param migrations those of this program
 * @throws {HostError} where a newer program has written it
 */
export function migrate(connection: Connection, migrations: readonly string[] = MIGRATIONS): void {
  const current = (): number => {
    const from = connection.query(version, 'PRAGMA user_version')[0]?.user_version ?? 0;
    if (from <= migrations.length) return from;
    throw new HostError(
      `The database ${connection.path} is of version ${from}, which a newer version of this program has made; this one knows version ${migrations.length} at most. Start the newer program again, or put back a copy of the folder from before it was started.`,
      78,
    );
  };
  while (current() < migrations.length) {
    connection.write(() => {
      // Another process may have been faster.
      const from = current();
      const step = migrations[from];
      if (step === undefined) return;
      connection.exec(step);
      connection.exec(`PRAGMA user_version = ${from + 1}`);
    });
  }
}
