import Libsql from 'libsql';
import mapValues from 'lodash/mapValues.js';
import * as v from 'valibot';
import { DatabaseError } from '../errors';
import { toStorable } from '../storable';
import { BUSY_SECONDS, damagedRow, toDatabaseError } from './errors';

/** What a statement is given, by the names of its parameters. libsql ends the process where it is given anything else. */
export type Parameters = Readonly<Record<string, string | number | null>>;

/** An open database. Every statement runs at once, and blocks this process while it does. */
export interface Connection {
  readonly path: string;
  /** The rows of a query, each parsed. */
  query<T extends v.GenericSchema>(row: T, sql: string, parameters?: Parameters): v.InferOutput<T>[];
  /**
   * @returns the number of rows that were changed
   */
  run(sql: string, parameters?: Parameters): number;
  /** Runs statements without parameters. */
  exec(sql: string): void;
  /**
   * Does all of the work, or nothing. Others that write wait meanwhile: nothing slow must be in it.
   */
  write<T>(work: () => T): T;
  close(): void;
}

/** What libsql may return for a statement; its own types know nothing of it. */
const changesOf = v.object({ changes: v.number() });

/**
 * Opens the connection to a database that is there.
 *
 * @param path of the file
 * @param onWrite told of each write that has failed for a reason of the machine, and of each that has not
 * @throws {DatabaseError}
 */
export function connect(path: string, onWrite: (error?: DatabaseError) => void): Connection {
  const describing = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw toDatabaseError(error, path);
    }
  };
  const db = describing(() => new Libsql(path, { timeout: BUSY_SECONDS * 1000 }));
  const statements = new Map<string, ReturnType<typeof db.prepare>>();
  const prepare = (sql: string) => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  describing(() => {
    // First of all: two processes that open a new database at once would otherwise not wait for each other.
    db.exec(`PRAGMA busy_timeout = ${BUSY_SECONDS * 1000}`);
    db.exec('PRAGMA journal_mode = WAL');
    // What is acknowledged is on the disk, also after a loss of power.
    db.exec('PRAGMA synchronous = FULL');
    db.exec('PRAGMA foreign_keys = ON');
  });
  const write = <T>(work: () => T): T => {
    try {
      db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        db.exec('COMMIT');
        onWrite();
        return result;
      } catch (error) {
        // Some errors, such as a full disk, have rolled back already.
        if (db.inTransaction) db.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      const trouble = toDatabaseError(error, path);
      if (trouble instanceof DatabaseError) onWrite(trouble);
      throw trouble;
    }
  };
  return {
    path,
    query: (row, sql, parameters = {}) => {
      const rows = v.safeParse(
        v.array(row),
        describing(() => prepare(sql).all(mapValues(parameters, toStorable))),
      );
      if (!rows.success) throw damagedRow(path, new v.ValiError(rows.issues));
      return rows.output;
    },
    run: (sql, parameters = {}) => {
      const change = () => v.parse(changesOf, prepare(sql).run(mapValues(parameters, toStorable))).changes;
      return db.inTransaction ? describing(change) : write(change);
    },
    exec: (sql) => describing(() => db.exec(sql)),
    write,
    close: () => {
      statements.clear();
      try {
        // A copy of the one file is whole then. Another process that is using it is not waited for.
        db.exec('PRAGMA busy_timeout = 0');
        db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all({});
      } catch {
        // Nothing is lost: what stays in the file beside the database is read from there.
      } finally {
        db.close();
      }
    },
  };
}
