import pg from 'pg';
import { errorCode } from '../../errors';
import { DatabaseError } from '../errors';
import type { Address } from './address';
import { SCHEMA } from './schema';

/** What may be wrong with a database. */
interface Trouble {
  readonly cause: string;
  /** The same where the cause has names of users or tables, or words of the server. */
  readonly causeForAnybody?: string;
  /** One, as a sentence without its full stop. */
  readonly remedy: string;
  /** Whether it may be over by itself in a moment. */
  readonly isTransient?: boolean;
  /** Whether nothing was changed for sure, so that the same may be done again. */
  readonly isUndone?: boolean;
  /** Whether only a person can mend it. */
  readonly isConfiguration?: boolean;
}

type Where = Pick<Address, 'user' | 'database'>;

const asUser = ({ user }: Where): string => (user ? `the user ${user}` : 'the user of this system');

const BACKUP = `Put back a backup of the database`;
const CONTINUES = 'the next run resumes from its checkpoint';

const STARTING: Trouble = {
  cause: 'its server is starting, stopping or recovering',
  remedy: 'Wait until it is up, and look into its log if it stays so',
  isTransient: true,
};
const LOST: Trouble = {
  cause: 'the connection to it was lost',
  remedy: `Look into the log of its server if this persists; ${CONTINUES}`,
  isTransient: true,
};
const ENDED: Trouble = {
  cause: 'its server has ended the connection, because it stops or an administrator told it to',
  remedy: `Start it again; ${CONTINUES}`,
  isTransient: true,
};
const NO_ANSWER: Trouble = {
  cause: 'its server does not answer in time',
  remedy: 'Open the way to it in the network and its firewalls, or put the right address into DATABASE_URL',
  isTransient: true,
};
const UNKNOWN_HOST: Trouble = {
  cause: 'the name of its host is not known',
  remedy: 'Put the right address into DATABASE_URL',
  isTransient: true,
};
const DAMAGED: Trouble = {
  cause: 'it is damaged',
  remedy: `${BACKUP} on a sound disk`,
  isConfiguration: true,
};
const MISSING: Trouble = {
  cause: `the tables that were in its schema ${SCHEMA} are not there, or not those of this program`,
  remedy: BACKUP,
  isConfiguration: true,
};
const NO_PASSWORD: Trouble = {
  cause: 'its server asks for a password, and there is none',
  remedy: 'Put it into DATABASE_URL, or into PGPASSWORD',
  isConfiguration: true,
};
const NO_TLS: Trouble = {
  cause: 'its server has no TLS',
  remedy:
    'Turn TLS on there (ssl = on), or add sslmode=disable to DATABASE_URL where nobody else can listen on the network between',
  isConfiguration: true,
};
const UNTRUSTED: Trouble = {
  cause: 'the certificate of its server is of no authority that this system trusts',
  remedy:
    "Name the file with the certificate of the server's authority in DATABASE_URL, as sslrootcert=/path/to/ca.pem",
  isConfiguration: true,
};
const CONFLICT: Trouble = {
  cause: 'other sessions changed the same at the same time, again and again',
  remedy: `Nothing is to be done; ${CONTINUES}`,
  isTransient: true,
  isUndone: true,
};

/** By the names of the system's and Node's errors. */
const SYSTEM: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: {
    cause: 'no server answers at its address',
    remedy: 'Start PostgreSQL there, or put the right address into DATABASE_URL',
    isTransient: true,
  },
  ENOENT: {
    cause: 'there is no socket of a server',
    remedy: 'Start PostgreSQL there, or put the right address into DATABASE_URL',
    isTransient: true,
  },
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: { ...UNKNOWN_HOST, cause: 'the name of its host cannot be looked up now' },
  ETIMEDOUT: NO_ANSWER,
  EHOSTUNREACH: NO_ANSWER,
  ENETUNREACH: NO_ANSWER,
  ECONNRESET: LOST,
  EPIPE: LOST,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_HAS_EXPIRED: {
    cause: 'the certificate of its server has expired',
    remedy: 'Renew it there',
    isConfiguration: true,
  },
  CERT_NOT_YET_VALID: {
    cause: 'the certificate of its server is not valid yet',
    remedy: 'Set the clocks of both machines right',
    isConfiguration: true,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    cause: 'the certificate of its server is for another name',
    remedy: 'Use the name in DATABASE_URL that the certificate is for',
    isConfiguration: true,
  },
};

/** By PostgreSQL's codes (SQLSTATE), or by their class, the first two characters. */
const STATES: Readonly<Record<string, (where: Where, message: string) => Trouble>> = {
  '08': (_where, message) => ({
    cause: `the connection to it failed: ${message}`,
    causeForAnybody: 'the connection to it failed',
    remedy: 'Look into the log of its server, or of the pooler in front of it',
    isTransient: true,
  }),
  '25006': () => ({
    cause: 'it can only be read',
    remedy: 'Put the address of the server that is written to into DATABASE_URL, or let its user write there',
    isConfiguration: true,
  }),
  '25P03': () => ({
    cause: 'this process stood still in the middle of a change, which was given up',
    remedy: `Give its machine more processor time; ${CONTINUES}`,
    isTransient: true,
    isUndone: true,
  }),
  '28000': (where) => ({
    cause: `its server does not let ${asUser(where)} in from this machine`,
    causeForAnybody: 'its server does not let the exporter in from this machine',
    remedy:
      'Let that user in there (pg_hba.conf), or write sslmode=verify-full in DATABASE_URL where it asks for TLS',
    isConfiguration: true,
  }),
  '28P01': (where) => ({
    cause: `its server refuses the password of ${asUser(where)}`,
    causeForAnybody: "its server refuses the exporter's password",
    remedy: 'Put the right user and password into DATABASE_URL',
    isConfiguration: true,
  }),
  '3D000': ({ database }) => ({
    cause: 'its server has no database of that name',
    remedy: `Make it there (CREATE DATABASE "${database}"), or name another in DATABASE_URL`,
    isConfiguration: true,
  }),
  '3F000': () => MISSING,
  '42P01': () => MISSING,
  '42703': () => MISSING,
  '40001': () => CONFLICT,
  '40P01': () => CONFLICT,
  '42501': (where, message) => ({
    cause: `${asUser(where)} lacks a right there: ${message}`,
    causeForAnybody: 'the exporter lacks a right there',
    remedy: /for database/.test(message)
      ? `Run there: GRANT CONNECT, CREATE ON DATABASE "${where.database}" TO "${where.user}"`
      : `Make that user the owner of the schema ${SCHEMA} and of all that is in it`,
    isConfiguration: true,
  }),
  '53100': () => ({
    cause: 'the disk of its server is full',
    remedy: `Free space there, or enlarge it; ${CONTINUES}`,
  }),
  '53200': () => ({
    cause: 'its server has no memory left',
    remedy: `Give it more memory; ${CONTINUES}`,
    isTransient: true,
    isUndone: true,
  }),
  '53300': () => ({
    cause: 'its server accepts no more connections',
    remedy: 'Raise max_connections there, or start fewer processes',
    isTransient: true,
    isUndone: true,
  }),
  '53400': () => ({
    cause: 'a limit of its server for this user is reached',
    remedy: 'Raise the limit there (temp_file_limit)',
  }),
  '55P03': () => ({
    cause: 'another session holds a lock there for too long',
    remedy: 'Find it in pg_locks and pg_stat_activity, and end it with pg_terminate_backend',
    isTransient: true,
    isUndone: true,
  }),
  '57014': () => ({
    cause: 'a statement took too long and was cancelled',
    remedy: 'Find what it waits for in pg_stat_activity, or give its server more power',
  }),
  '57P01': () => ENDED,
  '57P02': () => STARTING,
  '57P03': () => STARTING,
  '57P05': () => LOST,
  '58': () => ({
    cause: 'its server cannot read or write a file',
    remedy: 'Look into the log of its server, and mend its disk',
  }),
  XX001: () => DAMAGED,
  XX002: () => DAMAGED,
};

/** Of pg itself, which gives them no code. */
const MESSAGES: readonly (readonly [RegExp, Trouble])[] = [
  [/timeout exceeded when trying to connect|timeout expired|connection timeout|read timeout/i, NO_ANSWER],
  [/Connection terminated|connection error and is not queryable|was closed and is not queryable/i, LOST],
  [/does not support SSL/i, NO_TLS],
  [/error establishing an SSL connection|Client network socket disconnected before secure TLS/i, LOST],
  [/client password must be/i, NO_PASSWORD],
];

function troubleOf(error: unknown, where: Where): Trouble | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = errorCode(error);
  if (error instanceof pg.DatabaseError) {
    return (STATES[code] ?? STATES[code.slice(0, 2)])?.(where, error.message);
  }
  return SYSTEM[code] ?? MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1];
}

/** What may be done about an error by itself. */
interface Recovery {
  /** Whether it may be over in a moment. */
  readonly isTransient: boolean;
  /** Whether nothing was changed for sure. */
  readonly isUndone: boolean;
}

const NOWHERE: Where = { user: '', database: '' };

/** Whether an error may be over in a moment, and what it has left. */
export function recoveryFrom(error: unknown): Recovery {
  const { isTransient = false, isUndone = false } = troubleOf(error, NOWHERE) ?? {};
  return { isTransient, isUndone };
}

/** A row that is not what was written there. */
export const damagedRow = ({ name }: Pick<Address, 'name'>, error: unknown): DatabaseError =>
  new DatabaseError(
    name,
    `it is damaged: a row in its schema ${SCHEMA} is not what was written there`,
    BACKUP,
    78,
    error,
  );

/** Returns the error for a database whose encoding can't hold every character. */
export const wrongEncoding = (
  { name, database }: Pick<Address, 'name' | 'database'>,
  encoding: string,
): DatabaseError =>
  new DatabaseError(
    name,
    `its encoding is ${encoding}, and only UTF8 can store every character`,
    `Create another database, such as with CREATE DATABASE "${database}_utf8" ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0, and name it in DATABASE_URL`,
    78,
    undefined,
  );

/**
 * Puts into words what keeps a database from being used.
 *
 * @returns any other error, such as one of a program, as it is
 */
export function toDatabaseError(error: unknown, where: Address): unknown {
  const trouble = error instanceof DatabaseError ? undefined : troubleOf(error, where);
  if (!trouble) return error;
  const { cause, causeForAnybody = cause, remedy, isConfiguration = false } = trouble;
  const code = errorCode(error);
  const withCode = (text: string) => (code ? `${text} (${code})` : text);
  return new DatabaseError(
    where.name,
    withCode(cause),
    remedy,
    isConfiguration ? 78 : 1,
    error,
    withCode(causeForAnybody),
  );
}
