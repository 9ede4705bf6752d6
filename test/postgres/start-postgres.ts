import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

const keeperPath = fileURLToPath(new URL('keeper.mjs', import.meta.url));

/** A PostgreSQL server with a cluster of its own. */
export interface Postgres {
  /** Of its superuser's database, with the password. It stays the same over a restart. */
  readonly url: string;
  readonly port: number;
  /** Ends its sessions, and the server. */
  stop(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  /** Sends a signal to the server and all of its processes. Linux alone. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void>;
  /** Ends it for good, and removes what it kept. */
  end(): Promise<void>;
}

/** How a server is started. */
export interface PostgresOptions {
  /** Settings of the server besides the rig's own, such as `max_connections=20`. */
  flags?: readonly string[];
  /** Texts of files by their names in the server's folder, such as `pg_hba.conf` or a certificate. */
  files?: Readonly<Record<string, string>>;
}

/**
 * What the tests need not wait for is a disk that a loss of power must not surprise; killed processes lose nothing.
 * Nobody but this machine can reach it.
 */
const FLAGS = [
  'fsync=off',
  'full_page_writes=off',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'max_wal_size=512MB',
  // For those who count statements.
  'shared_preload_libraries=pg_stat_statements',
];

/** Ports below those that systems give to outgoing connections, which could take it while the server is stopped. */
const LOWEST_PORT = 15_000;
const PORTS = 16_000;
/** How often another port is tried, where a process was faster. */
const TRIES = 5;

async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

const answerOf = v.pipe(v.string(), v.parseJson(), v.object({ error: v.optional(v.string()) }));

type Keeper = ChildProcessByStdio<Writable, Readable, null>;

/** Gives the keeper an order, and waits until it is done. */
function ordersOf(keeper: Keeper) {
  const lines = createInterface({ input: keeper.stdout });
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  lines.on('line', (line) => waiting.shift()?.resolve(line));
  keeper.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error('The keeper of PostgreSQL has ended.'));
  });
  return async (order: 'start' | 'stop' | NodeJS.Signals): Promise<void> => {
    const line = await new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject });
      keeper.stdin.write(`${order}\n`);
    });
    const { error } = v.parse(answerOf, line);
    if (error !== undefined) throw new Error(`PostgreSQL did not follow ${order}: ${error}`);
  };
}

/**
 * Starts a PostgreSQL server with a new cluster on 127.0.0.1, which ends with this process at the latest.
 * {@link installPostgres} must have been called in some process before.
 */
export async function startPostgres({ flags = [], files = {} }: PostgresOptions = {}): Promise<Postgres> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const password = randomBytes(12).toString('hex');
    const options = { port, password, flags: [...FLAGS, ...flags], files };
    const keeper = spawn(process.execPath, [keeperPath, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // Ctrl-C goes to this process, which ends the keeper.
      detached: true,
    });
    keeper.stdin.on('error', () => {
      // It has ended; whoever waits for an answer is told.
    });
    const closed = once(keeper, 'close');
    const order = ordersOf(keeper);
    const end = async () => {
      keeper.stdin.end();
      await closed;
    };
    try {
      await order('start');
    } catch (error) {
      await end();
      if (tries < TRIES && /Address already in use/i.test(String(error))) continue;
      throw error;
    }
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      port,
      stop: () => order('stop'),
      start: () => order('start'),
      signal: order,
      end,
    };
  }
}
