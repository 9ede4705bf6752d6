import { errorCode } from '../../errors';
import { DatabaseError } from '../errors';

/** Seconds that a statement waits for another process that is writing. */
export const BUSY_SECONDS = 5;

const ROOM = 'Free space there, or raise the limit; the next run resumes from its checkpoint';
const RIGHTS =
  'Give the user that runs this the right to read and write it and its folder, or name another folder in DATA_DIR';
const COPY =
  'Stop all processes that use it, and put back a copy of the folder. Without one, move exporter.db away with exporter.db-wal and exporter.db-shm, add the tenants anew, and put the id of the log to go on from into START_FROM';

/** What may be wrong with a database. */
type Trouble = readonly [cause: string, remedy: string, exitCode: 1 | 78];

/** By the names of SQLite's primary codes and of the system's errors. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  SQLITE_FULL: ['its disk is full', ROOM, 1],
  ENOSPC: ['its disk is full', ROOM, 1],
  EDQUOT: ['its disk is full to the quota of this user', ROOM, 1],
  EFBIG: ['a file there has reached the largest size that is allowed', ROOM, 1],
  SQLITE_IOERR: [
    'its disk did not read or write what it was asked to: it is full to a limit of this process or user, or broken',
    'Free space there, raise the limit, or look into the log of the system; the next run resumes from its checkpoint',
    1,
  ],
  SQLITE_BUSY: [
    `another process has been writing to it for more than ${BUSY_SECONDS} seconds, and may be stopped or hang`,
    'Find the process that has it open, such as with fuser, and continue or end that one',
    1,
  ],
  SQLITE_READONLY: ['it can only be read', RIGHTS, 78],
  SQLITE_CANTOPEN: ['it cannot be opened', RIGHTS, 78],
  SQLITE_PERM: ['it cannot be opened', RIGHTS, 78],
  SQLITE_AUTH: ['it cannot be opened', RIGHTS, 78],
  EACCES: ['it cannot be opened', RIGHTS, 78],
  EPERM: ['it cannot be opened', RIGHTS, 78],
  EROFS: ['its disk can only be read', 'Mount it so that it can be written', 78],
  SQLITE_NOTADB: ['it is damaged, or another program has written the file', COPY, 78],
  SQLITE_CORRUPT: ['it is damaged', COPY, 78],
};

/** SQLite's primary codes, which an extended code has in its lowest byte. */
const PRIMARY: Readonly<Record<number, string>> = {
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
};

/** The name of what went wrong; libsql says it of a file that it cannot open in a message alone. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const raw =
    'rawCode' in error && typeof error.rawCode === 'number'
      ? error.rawCode
      : Number(/^ConnectionFailed\(.*: (\d+)"\)$/.exec(error.message)?.[1]);
  return PRIMARY[raw & 0xff] ?? errorCode(error);
}

/** A row that is not what was written there, though SQLite reads it. */
export const damagedRow = (path: string, error: unknown): DatabaseError =>
  new DatabaseError(path, 'it is damaged: a row of it is not what was written there', COPY, 78, error);

/**
 * Puts into words what keeps a database from being used.
 *
 * @param path of the database
 * @returns any other error, such as one of a program, as it is
 */
export function toDatabaseError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  const trouble = TROUBLES[code];
  if (error instanceof DatabaseError || !trouble) return error;
  const [cause, remedy, exitCode] = trouble;
  return new DatabaseError(path, `${cause} (${code})`, remedy, exitCode, error);
}
