import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../src/time';
import { HostError } from '../errors';
import { copyStore, isRunning, running, type Store, storeRow, taken } from './copy-tenant';
import { openSharedQueue } from './open-database';
import { connect as connectPostgres, type PostgresConnection } from './postgres/connection';
import { migrate as migratePostgres } from './postgres/migrations';
import { SCHEMA } from './postgres/schema';
import { type Connection, connect as connectSqlite } from './sqlite/connection';
import { checkFolder } from './sqlite/folder';
import { migrate as migrateSqlite } from './sqlite/migrations';

/** What was copied. */
export interface CopyResult {
  /** Path of the file. */
  readonly from: string;
  /** `host:port/database`. */
  readonly to: string;
  /** Tenants that were not there before. */
  readonly added: number;
  /** Tenants that an earlier copy had brought, and that are now as they are in the file. */
  readonly refreshed: number;
  /** Names of tenants that have run or been changed there since they were copied. */
  readonly leftAlone: readonly string[];
  /** Records of their history that were not there before. */
  readonly runs: number;
}

/** From where to where. */
export interface CopyOptions {
  /** DATA_DIR. */
  folder: string;
  /** Of PostgreSQL. */
  url: string;
  /** PGSSLROOTCERT. */
  rootCertificate?: string | undefined;
  clock: Clock;
  /** Fires when the process is asked to stop: the tenant in hand is finished. */
  stop: AbortSignal;
}

/** A statement of the migration may wait for those who use a table; none of a copy takes long. */
const PLACES = 1;
/** What is kept for a moment, or about copies. */
const isOfNoUse = (name: string) => name === 'probe' || name.startsWith('copied ');

const leaseRow = v.object({ name: v.string(), state: v.string() });
const metaRow = v.object({ name: v.string(), value: v.string() });
const nameRow = v.object({ id: v.string(), name: v.string() });
const versionsRow = v.object({ versions: v.string() });

/** Opens the file of a folder, where there is one. */
async function openSource(folder: string): Promise<Connection> {
  const found = existsSync(folder) ? await checkFolder(folder) : folder;
  const path = join(found, 'exporter.db');
  if (!existsSync(path)) {
    throw new HostError(
      `There is no database ${path}. Name the folder of the host that exported so far in DATA_DIR; one of the version before takes its files over at its first start.`,
      78,
    );
  }
  const source = connectSqlite(path, () => {});
  try {
    migrateSqlite(source);
    return source;
  } catch (error) {
    source.close();
    throw error;
  }
}

/** A text that is another one after each run, and after each change of a tenant. */
const versionsOf = ({ query }: Connection): string =>
  query(
    versionsRow,
    `SELECT (SELECT COUNT(*) || ' ' || COALESCE(SUM(version), 0) FROM run_stores) || ' ' ||
       (SELECT COUNT(*) || ' ' || COALESCE(SUM(version), 0) FROM tenants) AS versions`,
  )[0]?.versions ?? '';

/** Makes sure that no run is under way on either side, and no name is another tenant's. */
async function check(source: Connection, stores: readonly Store[], target: PostgresConnection, now: number) {
  for (const [{ query }, at, database] of [
    [source, now, source.path],
    [target, target.now(), target.name],
  ] as const) {
    const schema = database === target.name ? `${SCHEMA}.` : '';
    const leases = await query(
      leaseRow,
      `SELECT tenants.name, run_stores.state FROM ${schema}run_stores AS run_stores
       JOIN ${schema}tenants AS tenants ON tenants.id = run_stores.tenant_id
       WHERE run_stores.state LIKE '%"expiresAt"%' ORDER BY tenants.name`,
    );
    const active = leases.find(({ state }) => isRunning(state, at));
    if (active) throw running(active.name, database);
  }
  const known = await target.query(nameRow, `SELECT id, name FROM ${SCHEMA}.tenants`);
  const idOf = new Map(known.map(({ id, name }) => [name, id]));
  const others = stores.filter(({ id, name }) => id !== null && (idOf.get(name) ?? id) !== id);
  if (others.length > 0) {
    throw taken(
      others.map(({ name }) => name),
      target.name,
    );
  }
}

/** Copies the small texts of the installation; those that are there stay. */
async function copyMeta(source: Connection, target: PostgresConnection): Promise<void> {
  for (const { name, value } of source.query(metaRow, 'SELECT name, value FROM meta')) {
    if (isOfNoUse(name)) continue;
    await target.run(
      `INSERT INTO ${SCHEMA}.meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
      [name, value],
    );
  }
}

/** Copies what SQLite has at this moment, whatever others write meanwhile. */
async function copySnapshot(
  source: Connection,
  target: PostgresConnection,
  { clock, stop }: CopyOptions,
): Promise<CopyResult> {
  const stores = source.query(
    storeRow,
    `SELECT run_stores.id AS storeId, tenants.id, COALESCE(tenants.name, kept_for) AS name
     FROM run_stores LEFT JOIN tenants ON tenants.id = tenant_id ORDER BY name, tenants.id`,
  );
  await check(source, stores, target, clock.now());
  await copyMeta(source, target);
  const counts = { added: 0, refreshed: 0, runs: 0 };
  const leftAlone: string[] = [];
  for (const [index, store] of stores.entries()) {
    if (stop.aborted) {
      throw new HostError(
        `Stopped after ${index} of ${stores.length} tenants, each of them copied wholly. Copy again for the rest.`,
      );
    }
    const outcome = await target.transaction((session) => copyStore(source, store, session, target));
    if (outcome.is === 'leftAlone') leftAlone.push(store.name);
    else {
      counts[outcome.is] += store.id === null ? 0 : 1;
      counts.runs += outcome.runs;
    }
  }
  return { from: source.path, to: target.name, ...counts, leftAlone };
}

/**
 * Brings the schemas of PostgreSQL to the version of this program, and makes them where they are not there.
 *
 * @param options hasQueue whether that of the queue, too, which needs a newer Node than the rest;
 * onTrouble is told in words of what the queue complains about
 * @returns `host:port/database`
 * @throws {HostError} where the database cannot be used: cause and remedy
 */
export async function migrateDatabase({
  url,
  rootCertificate,
  clock,
  hasQueue,
  onTrouble,
}: Pick<CopyOptions, 'url' | 'rootCertificate' | 'clock'> & {
  hasQueue: boolean;
  onTrouble: (message: string) => void;
}): Promise<string> {
  const target = await connectPostgres({ url, rootCertificate, places: PLACES, clock });
  try {
    await migratePostgres(target);
  } finally {
    await target.close();
  }
  if (hasQueue) {
    const queue = await openSharedQueue({
      url,
      rootCertificate,
      onTrouble,
      monotonic: () => clock.monotonic(),
    });
    await queue.stop();
  }
  return target.name;
}

/**
 * Copies everything that a folder's SQLite keeps to PostgreSQL: tenants with their settings, due times and changes,
 * checkpoints, history, notes and log streams. Each tenant wholly or not at all; repeated, it brings what has come
 * since. A tenant that has run or been changed there since is left alone.
 *
 * @throws {HostError} where a run is under way on either side, a name is another tenant's there, or one of the
 * databases cannot be used
 */
export async function copyDatabase(options: CopyOptions): Promise<CopyResult> {
  const source = await openSource(options.folder);
  try {
    const target = await connectPostgres({ ...options, places: PLACES });
    try {
      await migratePostgres(target);
      // A transaction that reads sees one moment of the file, and holds up nobody who writes.
      source.exec('BEGIN');
      const versions = versionsOf(source);
      const result = await copySnapshot(source, target, options).finally(() => source.exec('ROLLBACK'));
      if (versionsOf(source) === versions) return result;
      throw new HostError(
        `${source.path} was written to during the copy: a process still exports there, and what it has done since is not in ${target.name}. Stop it, and copy again.`,
      );
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}
