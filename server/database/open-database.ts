import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { OpenRunStore } from '../../src/storage/run-store';
import { errorCode, HostError } from '../errors';
import type { RunNotes } from '../runs/run-notes';
import type { Overview } from '../tenants/overview';
import type { DueTimes, TenantStore } from '../tenants/tenant-store';
import { type Connection, connect } from './connection';
import { type DatabaseError, toDatabaseError } from './errors';
import { prepareFolder } from './folder';
import type { Seal } from './former-files';
import { importFormer } from './import-former';
import { migrate } from './migrations';
import { openOverview } from './overview';
import { prune } from './prune';
import { openRunNotes } from './run-notes';
import { openRunStore } from './run-store';
import { openTenants } from './tenants';

/** Small texts of the installation, by their names. */
export interface Meta {
  get(name: string): string | undefined;
  put(name: string, value: string): void;
  /**
   * What is kept under a name. Where there is nothing yet, what `make` returns is kept: of two processes that do so at
   * once, both get that of one.
   */
  getOrPut(name: string, make: () => string): string;
}

/** Everything that the host keeps: one file, which several processes may use at once. */
export interface Database {
  /** Of the file. */
  readonly path: string;
  tenants: TenantStore & DueTimes;
  notes: RunNotes;
  overview: Overview;
  storeOf(tenantId: string): OpenRunStore;
  meta: Meta;
  /**
   * Takes over what the former version kept in JSON files in the folder; see {@link importFormer}. To be done before
   * anything else is added.
   */
  importFormer(options: { secrets: readonly string[]; seal: Seal }): Promise<string[]>;
  /**
   * Drops what is older than so many days, and the oldest where there is too much of it; see {@link prune}.
   *
   * @param days HISTORY_DAYS
   * @returns the number of records that were dropped
   */
  prune(days: number): Promise<number>;
  /**
   * Tries a write of about the size that a run needs.
   *
   * @throws {DatabaseError}
   */
  probe(): void;
  /** A number that changes whenever another process has written. */
  changes(): number;
  close(): void;
}

/** More than a run's state and record have together. */
const PROBE_CHARACTERS = 32_000;

const versionRow = v.object({ data_version: v.number() });
const valueRow = v.object({ value: v.string() });

function openMeta({ query, run, write }: Connection): Meta {
  const get = (name: string) =>
    query(valueRow, 'SELECT value FROM meta WHERE name = :name', { name })[0]?.value;
  const put = (name: string, value: string) => {
    run('INSERT INTO meta VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value', {
      name,
      value,
    });
  };
  return {
    get,
    put,
    getOrPut: (name, make) =>
      get(name) ??
      write(() => {
        const known = get(name);
        if (known !== undefined) return known;
        const value = make();
        put(name, value);
        return value;
      }),
  };
}

/**
 * Makes the file where it is not there, for its owner alone, before SQLite does: it gives those that it makes beside it
 * the mode of this one.
 *
 * @throws {HostError} where it is a link or a folder, or cannot be written
 */
async function prepareFile(path: string): Promise<void> {
  try {
    const found = await lstat(path).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found?.isSymbolicLink()) {
      throw new HostError(
        `${path} is a symbolic link: what is kept there would be in another folder. Remove the link, and put the file itself there.`,
        78,
      );
    }
    if (found?.isDirectory()) {
      throw new HostError(`${path} is a folder. Move it away, or name another folder in DATA_DIR.`, 78);
    }
    const file = await open(path, 'a', 0o600);
    try {
      if ((await file.stat()).mode & 0o077) await file.chmod(0o600);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toDatabaseError(error, path);
  }
}

/**
 * Opens the database of a folder, and makes both where they are not there.
 *
 * @param folder its path
 * @param now milliseconds since 1970
 * @param onWrite told of each write that has failed for a reason of the machine, and of each that has not
 * @throws {HostError} where folder or database cannot be used: cause and remedy
 */
export async function openDatabase(
  folder: string,
  { now, onWrite = () => {} }: { now: () => number; onWrite?: (error?: DatabaseError) => void },
): Promise<Database> {
  const prepared = await prepareFolder(folder);
  const path = join(prepared, 'exporter.db');
  await prepareFile(path);
  const connection = connect(path, onWrite);
  try {
    migrate(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
  const meta = openMeta(connection);
  let isClosed = false;
  return {
    path,
    tenants: openTenants(connection),
    notes: openRunNotes(connection),
    overview: openOverview(connection),
    storeOf: (tenantId) => openRunStore(connection, tenantId, now),
    meta,
    importFormer: (options) => importFormer(connection, prepared, options),
    prune: (days) => prune(connection, now(), { days }, () => isClosed),
    probe: () => meta.put('probe', `${now()} `.padEnd(PROBE_CHARACTERS)),
    changes: () => connection.query(versionRow, 'PRAGMA data_version')[0]?.data_version ?? 0,
    close: () => {
      isClosed = true;
      connection.close();
    },
  };
}
