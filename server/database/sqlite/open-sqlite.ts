import { chmod, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { errorCode, HostError } from '../../errors';
import { type Database, type DatabaseOptions, type Meta, PROBE_CHARACTERS } from '../database';
import { type Connection, connect } from './connection';
import { toDatabaseError } from './errors';
import { prepareFolder } from './folder';
import { importFormer } from './import-former';
import { openLogStreams } from './log-streams';
import { migrate } from './migrations';
import { openOverview } from './overview';
import { prune } from './prune';
import { openRunNotes } from './run-notes';
import { openRunStore } from './run-store';
import { openTenants } from './tenants';

const GROUP_AND_OTHERS = 0o077;
const OWNER_ONLY = 0o600;

/** Creates an empty file; does nothing if another process was faster. */
async function createFile(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', OWNER_ONLY)).close();
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** A file that everything is kept in. */
interface SqliteDatabase extends Database {
  /** See {@link importFormer}. */
  importFormer: NonNullable<Database['importFormer']>;
}

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
    get: async (name) => get(name),
    put: async (name, value) => put(name, value),
    getOrPut: async (name, make) =>
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
 * Creates the file if it does not exist, for its owner alone: SQLite gives the files beside it the same mode.
 *
 * A file that exists is not opened: closing any descriptor of it would drop all locks that SQLite holds on it in this
 * process (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 *
 * @throws {HostError} if it is a link or a folder, or can't be written
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
    if (!found) await createFile(path);
    else if (found.mode & GROUP_AND_OTHERS) await chmod(path, OWNER_ONLY);
  } catch (error) {
    throw toDatabaseError(error, path);
  }
}

/**
 * Opens the database of a folder, and makes both where they are not there.
 *
 * @throws {HostError} where folder or database cannot be used: cause and remedy
 */
export async function openSqlite({
  folder,
  clock,
  onWrite = () => {},
}: DatabaseOptions): Promise<SqliteDatabase> {
  const now = () => clock.now();
  const prepared = await prepareFolder(folder);
  const path = join(prepared, 'exporter.db');
  await prepareFile(path);
  const connection = connect(path, onWrite);
  try {
    migrate(connection);
    // A file that can only be read fails now, and not in the middle of a run.
    connection.run('UPDATE meta SET value = value WHERE FALSE');
  } catch (error) {
    connection.close();
    throw error;
  }
  const meta = openMeta(connection);
  let isClosed = false;
  return {
    name: path,
    tenants: openTenants(connection),
    notes: openRunNotes(connection),
    overview: openOverview(connection, now),
    logStreams: openLogStreams(connection),
    storeOf: (tenantId) => openRunStore(connection, tenantId, now),
    meta,
    now,
    importFormer: (options) => importFormer(connection, prepared, options),
    prune: (days) => prune(connection, now(), { days }, () => isClosed),
    probe: () => meta.put('probe', `${now()} `.padEnd(PROBE_CHARACTERS)),
    changes: async () => {
      // Of all that is in the file, runs and notes, too.
      const version = connection.query(versionRow, 'PRAGMA data_version')[0]?.data_version ?? 0;
      return { tenants: version, dueTimes: version };
    },
    close: async () => {
      isClosed = true;
      connection.close();
    },
  };
}
