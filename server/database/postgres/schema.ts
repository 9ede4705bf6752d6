/**
 * The schema of all tables, so that other programs can use the same database. Statements qualify every name
 * (`auth0_logs_to_segment.tenants`, `pg_catalog.clock_timestamp()`): a pooler may run them in a session that has another
 * search path, in which other roles may have created functions.
 */
export const SCHEMA = 'auth0_logs_to_segment';

/** Milliseconds since 1970 by the database's clock, asked for once in a statement, so that an index may be sought by it. */
export const NOW_MS =
  '(SELECT pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint)';

/** What makes a schema of each version from the one before. */
export interface Migration {
  readonly sql: string;
  /**
   * The oldest version of the schema whose programs may go on beside this one. Of those that only add what older
   * programs do not ask for, it is the one before's.
   */
  readonly oldestReader: number;
}

/** Oldest first. One that has been released is never changed, only followed by another. */
export const MIGRATIONS: readonly Migration[] = [
  {
    oldestReader: 1,
    sql: `
  CREATE TABLE ${SCHEMA}.meta (
    name pg_catalog.text PRIMARY KEY,
    value pg_catalog.text NOT NULL
  );

  CREATE TABLE ${SCHEMA}.tenants (
    id pg_catalog.text PRIMARY KEY,
    -- Sorted by its characters, as SQLite does, whatever language the database was made for.
    name pg_catalog.text COLLATE pg_catalog."C" NOT NULL UNIQUE,
    origin pg_catalog.text NOT NULL,
    settings pg_catalog.text NOT NULL,
    schedule pg_catalog.text NOT NULL,
    time_zone pg_catalog.text NOT NULL,
    is_active integer NOT NULL,
    created_at pg_catalog.text NOT NULL,
    -- Milliseconds since 1970.
    due_at bigint,
    -- What brought the due time: 'stream', or null for the schedule.
    due_for pg_catalog.text,
    version bigint NOT NULL
  );
  CREATE INDEX tenants_due ON ${SCHEMA}.tenants (due_at) WHERE is_active = 1 AND due_at IS NOT NULL;

  CREATE TABLE ${SCHEMA}.tenant_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id pg_catalog.text NOT NULL REFERENCES ${SCHEMA}.tenants ON DELETE CASCADE,
    at pg_catalog.text NOT NULL,
    name pg_catalog.text NOT NULL,
    was pg_catalog.text NOT NULL,
    became pg_catalog.text NOT NULL
  );
  CREATE INDEX tenant_changes_of ON ${SCHEMA}.tenant_changes (tenant_id, id);

  -- State and history of a tenant, or, under kept_for, of one that was removed, for the next of that name.
  CREATE TABLE ${SCHEMA}.run_stores (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id pg_catalog.text UNIQUE REFERENCES ${SCHEMA}.tenants,
    kept_for pg_catalog.text UNIQUE,
    state pg_catalog.text NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 0,
    -- Milliseconds since 1970: start of the newest run that the history no longer holds.
    dropped_until bigint
  );

  -- Times in milliseconds since 1970; the record is what the runs left, the other columns are for finding it.
  CREATE TABLE ${SCHEMA}.runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store_id bigint NOT NULL REFERENCES ${SCHEMA}.run_stores ON DELETE CASCADE,
    run_id pg_catalog.text NOT NULL,
    first_start bigint,
    last_start bigint,
    runs bigint NOT NULL,
    failed integer NOT NULL,
    rejected bigint NOT NULL,
    logs_processed bigint NOT NULL,
    batches bigint NOT NULL,
    skipped bigint NOT NULL,
    events bigint NOT NULL,
    record pg_catalog.jsonb NOT NULL
  );
  CREATE UNIQUE INDEX runs_by_run_id ON ${SCHEMA}.runs (store_id, run_id);
  CREATE INDEX runs_newest ON ${SCHEMA}.runs (store_id, id);
  CREATE INDEX runs_by_time ON ${SCHEMA}.runs (store_id, last_start, first_start, events, failed, runs);
  CREATE INDEX runs_failed ON ${SCHEMA}.runs (store_id, id) WHERE failed = 1;
  CREATE INDEX runs_rejected ON ${SCHEMA}.runs (store_id, id) WHERE rejected > 0;

  CREATE TABLE ${SCHEMA}.run_notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store_id bigint NOT NULL REFERENCES ${SCHEMA}.run_stores ON DELETE CASCADE,
    run_id pg_catalog.text NOT NULL,
    cause pg_catalog.text NOT NULL,
    due_at pg_catalog.text NOT NULL,
    started_at pg_catalog.text NOT NULL,
    lines pg_catalog.text NOT NULL,
    lines_left_out integer NOT NULL,
    characters bigint NOT NULL
  );
  CREATE UNIQUE INDEX run_notes_by_run_id ON ${SCHEMA}.run_notes (store_id, run_id);
  CREATE INDEX run_notes_newest ON ${SCHEMA}.run_notes (store_id, id, characters);

  -- The processes that take part, each by its own word.
  CREATE TABLE ${SCHEMA}.workers (
    id pg_catalog.text PRIMARY KEY,
    host pg_catalog.text NOT NULL,
    pid integer NOT NULL,
    role pg_catalog.text NOT NULL,
    version pg_catalog.text NOT NULL,
    places integer NOT NULL,
    started_at pg_catalog.timestamptz NOT NULL,
    seen_at pg_catalog.timestamptz NOT NULL,
    -- What it runs now.
    runs pg_catalog.jsonb NOT NULL DEFAULT '[]'
  );
  CREATE INDEX workers_seen ON ${SCHEMA}.workers (seen_at);

  -- What the pages of all machines show as it happens. Nothing is lost with it, so it is not written ahead.
  CREATE UNLOGGED TABLE ${SCHEMA}.live_events (
    id bigserial PRIMARY KEY,
    at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    worker pg_catalog.text NOT NULL,
    kind pg_catalog.text NOT NULL,
    tenant pg_catalog.text,
    run pg_catalog.text,
    text pg_catalog.text
  );
  CREATE INDEX live_events_at ON ${SCHEMA}.live_events (at);

  -- Auth0's log streams that bring due times forward. Times in milliseconds since 1970.
  CREATE TABLE ${SCHEMA}.log_streams (
    tenant_id pg_catalog.text PRIMARY KEY REFERENCES ${SCHEMA}.tenants ON DELETE CASCADE,
    token_hash pg_catalog.text NOT NULL,
    -- The highest log that was announced.
    noted_id pg_catalog.text,
    last_trigger_at bigint,
    triggers bigint NOT NULL DEFAULT 0,
    -- When the last pull that was asked for is due, or was.
    pull_at bigint,
    -- Checkpoint of the last run.
    reached_id pg_catalog.text,
    -- Follow-ups so far.
    asked integer NOT NULL DEFAULT 0,
    -- Since when logs were exported that were not announced, and when Slack was told of that.
    silent_since bigint,
    told_at bigint
  );
  `,
  },
];
