import pg from 'pg';
import * as v from 'valibot';
import type { Clock } from '../../../src/time';
import { DatabaseError } from '../errors';
import { toStorable } from '../storable';
import { type Address, parseAddress } from './address';
import { damagedRow, recoveryFrom, toDatabaseError, wrongEncoding } from './errors';
import { ANSWER_MARGIN_MS, openPool, sessionSettings } from './pool';

/** What a statement is given, in the order of $1, $2 … */
export type Values = readonly (string | number | boolean | null | readonly string[] | readonly number[])[];

/** What statements are given to: a transaction, or the pool. */
export interface Session {
  /** The rows of a query, each parsed. */
  query<T extends v.GenericSchema>(row: T, sql: string, values?: Values): Promise<v.InferOutput<T>[]>;
  /**
   * @returns the number of rows that were changed
   */
  run(sql: string, values?: Values): Promise<number>;
}

/** A transaction. */
export interface Transaction extends Session {
  /** For pg-boss, which parses the rows itself. */
  executeSql(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** The connections to a database. Troubles with it are thrown as {@link DatabaseError}, all else as it is. */
export interface PostgresConnection extends Session {
  /** `host:port/database`, never the password. */
  readonly name: string;
  /**
   * Does all of the work, or nothing. It may be done again where the database has undone it, so it must change nothing
   * but through its session, and wait for nothing else.
   *
   * @param options statementTimeoutMs for a statement that may take longer than others
   */
  transaction<T>(
    work: (session: Transaction) => Promise<T>,
    options?: { statementTimeoutMs?: number },
  ): Promise<T>;
  /** What has no more time than some milliseconds from now on, tries and waits together. */
  within(ms: number): Session;
  /** Milliseconds since 1970 by the database's clock: the process's own, corrected by the difference last measured. */
  now(): number;
  measureClock(): Promise<void>;
  /** Ends all of them, after what is under way. */
  close(): Promise<void>;
}

/** How a database is connected to. */
export interface ConnectOptions {
  /** DATABASE_URL. */
  url: string;
  /** PGSSLROOTCERT. */
  rootCertificate?: string | undefined;
  /** Runs at once, of which each may be writing. */
  places: number;
  /** Connections at most; what the places need and a few more where left out. */
  connections?: number;
  /** How long is tried again what may pass: a server that restarts, a lost connection. */
  patienceMs?: number;
  /** How long a statement may take. */
  statementTimeoutMs?: number;
  clock: Clock;
  /** Told of each write that has failed for a reason of the database, and of each that has not. */
  onWrite?: (error?: DatabaseError) => void;
}

/** For the pages, the schedule and what is shared, besides one for each place. */
const MORE_CONNECTIONS = 4;
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;
/** Of some measurements the one whose answer came fastest is the most exact. */
const MEASUREMENTS = 3;

/** Milliseconds that are left for something. */
type Left = () => number;
const endless: Left = () => Number.POSITIVE_INFINITY;

const clockRow = v.object({ now: v.number() });
const encodingRow = v.object({ encoding: v.string() });

/** Statements that change nothing, so that they may be repeated whatever happened. */
const isRead = (sql: string): boolean => /^\s*SELECT\b/i.test(sql);

/** What an attempt came to. */
type Outcome<T> =
  | { readonly isDone: true; readonly value: T }
  | {
      readonly isDone: false;
      readonly error: unknown;
      readonly mayRepeat: boolean;
      /** Whether its session is of no more use. */
      readonly isSpent?: boolean;
    };

/** Whether a session was lost, or its server is no longer the one that is written to. */
const isSpent = (error: unknown): boolean =>
  error instanceof pg.DatabaseError
    ? error.severity !== 'ERROR' || error.code === '25006'
    : recoveryFrom(error).isTransient;

/** @throws {DatabaseError} if the database can't store every character */
async function requireUtf8({ query }: Session, address: Address): Promise<void> {
  const [found] = await query(
    encodingRow,
    "SELECT pg_catalog.current_setting('server_encoding') AS encoding",
  );
  if (found && found.encoding !== 'UTF8') throw wrongEncoding(address, found.encoding);
}

/**
 * Opens connections to a database, and tries one.
 *
 * @throws {HostError} where the URL is none
 * @throws {DatabaseError} where the database cannot be used
 */
export async function connect({
  url,
  rootCertificate,
  places,
  connections = places + MORE_CONNECTIONS,
  patienceMs = 10_000,
  statementTimeoutMs = 15_000,
  clock,
  onWrite = () => {},
}: ConnectOptions): Promise<PostgresConnection> {
  const address = await parseAddress(url, rootCertificate);
  const pool = openPool(address, { connections, statementTimeoutMs });
  let isClosed = false;
  /** What has not ended; the pool would leave those waiting who wait for a connection when it ends. */
  const underWay = new Set<Promise<unknown>>();
  let differenceMs = 0;

  const sessionOf = (client: pg.PoolClient, queryTimeoutMs?: number): Transaction => {
    const send = async (text: string, values: readonly unknown[]) => {
      const result: pg.QueryResult | pg.QueryResult[] = await client.query({
        text,
        // Without any, several statements may be in one text.
        ...(values.length > 0 ? { values: values.map(toStorable) } : {}),
        ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
      });
      return [result].flat();
    };
    return {
      query: async (row, sql, values = []) => {
        const results = await send(sql, values);
        const rows = v.safeParse(
          v.array(row),
          results.flatMap((result) => result.rows),
        );
        if (!rows.success) throw damagedRow(address, new v.ValiError(rows.issues));
        return rows.output;
      },
      run: async (sql, values = []) =>
        (await send(sql, values)).reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0),
      executeSql: async (sql, values = []) => ({
        rows: (await send(sql, values)).flatMap(({ rows }): unknown[] => rows),
      }),
    };
  };

  /** A session of the pool; one that comes too late is left to others. */
  const takeClient = async (ms: number): Promise<pg.PoolClient> => {
    const connecting = pool.connect();
    if (ms === Number.POSITIVE_INFINITY) return connecting;
    const connected = new AbortController();
    const late = clock.sleep(ms, connected.signal).then(() => {
      connecting.then(
        (client) => client.release(),
        () => {},
      );
      throw new Error('timeout exceeded when trying to connect');
    });
    try {
      return await Promise.race([connecting, late]);
    } finally {
      late.catch(() => {});
      connected.abort();
    }
  };

  /** Does something with a session of the pool; whether it may be repeated is known by those who did it. */
  const attempt = async <T>(
    work: (client: pg.PoolClient) => Promise<Outcome<T>>,
    left: Left,
  ): Promise<Outcome<T>> => {
    let client: pg.PoolClient;
    try {
      client = await takeClient(left());
    } catch (error) {
      return { isDone: false, error, mayRepeat: recoveryFrom(error).isTransient };
    }
    const outcome = await work(client);
    client.release(!outcome.isDone && outcome.isSpent);
    return outcome;
  };

  /** Repeats what may be repeated, until it is done, patience has run out, or all is to end. */
  const repeat = async <T>(work: (client: pg.PoolClient) => Promise<Outcome<T>>, left: Left): Promise<T> => {
    const until = clock.monotonic() + Math.min(patienceMs, left());
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, LONGEST_DELAY_MS)) {
      const outcome = await attempt(work, left);
      if (outcome.isDone) return outcome.value;
      // Processes that have lost the same server do not all come back at the same moment.
      const wait = delay * (0.5 + Math.random() / 2);
      if (!outcome.mayRepeat || isClosed || clock.monotonic() + wait >= until) {
        throw toDatabaseError(outcome.error, address);
      }
      await clock.sleep(wait);
    }
  };

  const persist = <T>(
    work: (client: pg.PoolClient) => Promise<Outcome<T>>,
    left: Left = endless,
  ): Promise<T> => {
    if (isClosed) return Promise.reject(new Error(`The connections to ${address.name} are closed.`));
    const result = repeat(work, left);
    underWay.add(result);
    const end = () => underWay.delete(result);
    result.then(end, end);
    return result;
  };

  const statement = <T>(sql: string, work: (session: Session) => Promise<T>, left: Left): Promise<T> =>
    persist(async (client) => {
      try {
        const answerMs = Math.min(statementTimeoutMs + ANSWER_MARGIN_MS, left());
        return { isDone: true, value: await work(sessionOf(client, answerMs)) };
      } catch (error) {
        const { isTransient, isUndone } = recoveryFrom(error);
        const mayRepeat = isTransient && (isUndone || isRead(sql));
        return { isDone: false, error, mayRepeat, isSpent: isSpent(error) };
      }
    }, left);

  const transaction = <T>(
    work: (session: Transaction) => Promise<T>,
    timeoutMs: number | undefined,
  ): Promise<T> =>
    persist(async (client) => {
      let isCommitting = false;
      try {
        // Again, because a pooler may hand each transaction another session, which has other settings.
        await client.query(
          timeoutMs === undefined
            ? `BEGIN; ${sessionSettings('transaction', statementTimeoutMs)}`
            : `BEGIN; ${sessionSettings('transaction', timeoutMs, 0)}`,
        );
        const session = sessionOf(client, timeoutMs === undefined ? undefined : timeoutMs + ANSWER_MARGIN_MS);
        const value = await work(session);
        isCommitting = true;
        const { command } = await client.query('COMMIT');
        if (command !== 'COMMIT') {
          throw new Error('The work of a transaction went on after one of its statements had failed.');
        }
        return { isDone: true, value };
      } catch (error) {
        const { isTransient, isUndone } = recoveryFrom(error);
        // What was lost before the commit has changed nothing; of a commit without an answer nobody knows.
        const mayRepeat = isTransient && (isUndone || !isCommitting);
        const failed = { isDone: false, error, mayRepeat, isSpent: isSpent(error) } as const;
        if (isCommitting || failed.isSpent) return failed;
        return await client.query('ROLLBACK').then(
          () => failed,
          // The connection was lost meanwhile: its server rolls back by itself.
          () => ({ ...failed, isSpent: true }),
        );
      }
    });

  const writing = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const result = await work();
      onWrite();
      return result;
    } catch (error) {
      if (error instanceof DatabaseError) onWrite(error);
      throw error;
    }
  };

  const statements = (left: Left): Session => ({
    query: (row, sql, values) => statement(sql, (session) => session.query(row, sql, values), left),
    run: (sql, values) => writing(() => statement(sql, (session) => session.run(sql, values), left)),
  });

  const connection: PostgresConnection = {
    name: address.name,
    ...statements(endless),
    within: (ms) => {
      const until = clock.monotonic() + ms;
      return statements(() => Math.max(1, until - clock.monotonic()));
    },
    transaction: (work, { statementTimeoutMs: timeoutMs } = {}) =>
      writing(() => transaction(work, timeoutMs)),
    now: () => Math.round(clock.now() + differenceMs),
    measureClock: async () => {
      let fastest = Number.POSITIVE_INFINITY;
      for (let count = 0; count < MEASUREMENTS; count += 1) {
        const sentAt = clock.monotonic();
        const [answer] = await connection.query(
          clockRow,
          'SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::pg_catalog.float8 AS now',
        );
        const took = clock.monotonic() - sentAt;
        if (!answer || took >= fastest) continue;
        fastest = took;
        differenceMs = answer.now + took / 2 - clock.now();
      }
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await Promise.allSettled(underWay);
      await pool.end();
    },
  };
  try {
    await connection.measureClock();
    await requireUtf8(connection, address);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
