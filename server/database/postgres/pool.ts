import pg from 'pg';
import type { Address } from './address';

const CONNECT_TIMEOUT_MS = 5_000;
/** How much longer than the server this process waits: for a server that does not answer at all. */
export const ANSWER_MARGIN_MS = 3_000;
/** After this, a session that a stopped process has left in the middle of a transaction lets go of its locks. */
const IDLE_TRANSACTION_MS = 5_000;
const LOCK_TIMEOUT_MS = 5_000;

/** int8, also of counts, and numeric, of sums of int8: all are far below what a number holds exactly. */
const NUMBERS: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC];
/** For this pool alone: a type that is set in pg itself holds for the whole process. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    NUMBERS.includes(oid) && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
};

type Connected = (error: Error | null, client?: pg.Client) => void;

/**
 * A connection that ends itself where it cannot be made: pg leaves one open for which it has no password, which keeps
 * the process and the server waiting for a minute.
 */
class EndingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // One that is lost when nothing is asked of it fails whatever is asked of it next, as between two statements of a
    // transaction. From the beginning: a server that stops ends connections that it has just let in, before the pool
    // listens to them, and an error that nobody listens to ends the process.
    this.on('error', () => {});
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.Client> | undefined {
    const connected = super.connect().catch((error: unknown) => {
      // What keeps it from ending has kept it from connecting.
      this.end().catch(() => {});
      throw error;
    });
    if (!callback) return connected;
    connected.then((client) => callback(null, client), callback);
    return undefined;
  }
}

/**
 * Settings of every session, which override those of its role and database. Without `search_path`, PostgreSQL would call
 * a function of another role if its argument types match better (CVE-2018-1058). Qualified names cover no operators.
 */
const SAFE_SETTINGS = { search_path: 'pg_catalog', standard_conforming_strings: 'on' };

const setConfig = (settings: Readonly<Record<string, string | number>>, isLocal: boolean): string =>
  `SELECT ${Object.entries(settings)
    .map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', ${isLocal})`)
    .join(', ')}`;

/** Sets what every session needs, for a session whose statements have no time limits. */
export const SECURE_SESSION = setConfig(SAFE_SETTINGS, false);

/**
 * Returns the statement that sets what every session needs, and its time limits. One statement, because each transaction
 * begins with it.
 *
 * @param scope the session, or the transaction that it is in
 * @param statementMs the longest time of a statement
 * @param lockMs the longest wait for a lock; 0 for no limit
 */
export const sessionSettings = (
  scope: 'session' | 'transaction',
  statementMs: number,
  lockMs: number = LOCK_TIMEOUT_MS,
): string =>
  setConfig(
    {
      ...SAFE_SETTINGS,
      statement_timeout: statementMs,
      lock_timeout: lockMs,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    },
    scope === 'transaction',
  );

/** Opens the pool of connections to a database: each connects when it is first needed. */
export function openPool(
  { config }: Address,
  { connections, statementTimeoutMs }: { connections: number; statementTimeoutMs: number },
): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    Client: EndingClient,
    types,
    max: connections,
    application_name: 'auth0-logs-to-segment',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // As statements, because poolers refuse connections that ask for settings they do not know.
    onConnect: async (client) => {
      await client.query(sessionSettings('session', statementTimeoutMs));
    },
  });
  // A connection that is lost while nobody uses it is replaced by the next who needs one, who is told what is wrong.
  pool.on('error', () => {});
  return pool;
}
