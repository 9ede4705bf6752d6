import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { DatabaseError } from '../../server/database/errors';
import { type ConnectOptions, connect } from '../../server/database/postgres/connection';
import { systemClock } from '../../src/time';
import { fakeClock } from '../support/fake-clock';
import { openTestPostgres, ownPostgres } from '../support/postgres';
import { startCuttingProxy } from './cutting-proxy';

async function open(url: string, options: Partial<ConnectOptions> = {}) {
  const connection = await connect({ url, places: 2, clock: systemClock, ...options });
  onTestFinished(() => connection.close());
  return connection;
}

const numberRow = v.object({ n: v.number() });

/** A table with one row, and what it holds. */
async function openCounter(options: Partial<ConnectOptions> = {}) {
  const database = await openTestPostgres();
  await database.exec('CREATE TABLE public.counters AS SELECT 0::bigint AS n');
  const connection = await open(database.url, options);
  const read = async () => (await connection.query(numberRow, 'SELECT n FROM public.counters'))[0]?.n;
  return { database, connection, read };
}
const INCREASE = 'UPDATE public.counters SET n = n + 1';

test('int8, sums and counts are numbers, for this pool alone', async () => {
  const { url, exec } = await openTestPostgres();
  const connection = await open(url);
  const sql = 'SELECT 9007199254740991::bigint AS big, SUM(2::bigint) AS sum, COUNT(*) AS count';
  const row = v.object({ big: v.number(), sum: v.number(), count: v.number() });
  expect(await connection.query(row, sql)).toEqual([{ big: 9007199254740991, sum: 2, count: 1 }]);
  expect((await exec(sql)).rows).toEqual([{ big: '9007199254740991', sum: '2', count: '1' }]);
});

test('lists are given as arrays, and run says how many rows it changed', async () => {
  const { connection, read } = await openCounter();
  expect(await connection.run('INSERT INTO public.counters SELECT unnest($1::bigint[])', [[1, 2, 3]])).toBe(
    3,
  );
  expect(
    await connection.query(v.object({ t: v.string() }), 'SELECT unnest($1::text[]) AS t', [['a', 'b,"c"']]),
  ).toEqual([{ t: 'a' }, { t: 'b,"c"' }]);
  expect(await read()).toBe(0);
});

test('a row that is not what was written there is said to be damaged, and not what it has', async () => {
  const { connection } = await openCounter();
  const read = connection.query(v.object({ n: v.string() }), 'SELECT n FROM public.counters');
  await expect(read).rejects.toThrow(`The database ${connection.name} cannot be used: it is damaged`);
});

test('a transaction does all of its work or nothing', async () => {
  const { connection, read } = await openCounter();
  const trouble = new Error('changed my mind');
  const failed = connection.transaction(async ({ run }) => {
    await run(INCREASE);
    throw trouble;
  });
  await expect(failed).rejects.toBe(trouble);
  expect(await read()).toBe(0);
  const changed = await connection.transaction(async ({ run, query }) => {
    await run(INCREASE);
    return await query(numberRow, 'SELECT n FROM public.counters');
  });
  expect(changed).toEqual([{ n: 1 }]);
  expect(await read()).toBe(1);
});

test('work that continues after one of its statements failed is not taken for done', async () => {
  const { connection, read } = await openCounter();
  const hidden = connection.transaction(async ({ run }) => {
    await run(INCREASE);
    await run('SELECT 1 / 0').catch(() => {});
  });
  await expect(hidden).rejects.toThrow('went on after one of its statements had failed');
  expect(await read()).toBe(0);
});

test('transactions that block each other are done one after the other', async () => {
  const { connection, database } = await openCounter();
  await database.exec('CREATE TABLE public.others AS SELECT 0::bigint AS n');
  const locked: (() => void)[] = [];
  const bothLocked = new Promise<void>((resolve) => {
    locked.push(
      () => {},
      () => resolve(),
    );
  });
  const change = (first: string, second: string) => {
    let tries = 0;
    return connection.transaction(async ({ run }) => {
      tries += 1;
      await run(`UPDATE public.${first} SET n = n + 1`);
      if (tries === 1) {
        locked.shift()?.();
        await bothLocked;
      }
      await run(`UPDATE public.${second} SET n = n + 1`);
      return tries;
    });
  };
  const tries = await Promise.all([change('counters', 'others'), change('others', 'counters')]);
  // PostgreSQL ends one of two that are deadlocked.
  expect(tries.sort()).toEqual([1, 2]);
  expect((await database.exec('SELECT c.n, o.n AS o FROM public.counters c, public.others o')).rows).toEqual([
    { n: '2', o: '2' },
  ]);
});

test('connections that were cut are replaced, and what was under way is done once', async () => {
  const { connection, database, read } = await openCounter();
  // Idle ones.
  await database.cutSessions();
  expect(await read()).toBe(0);
  let tries = 0;
  await connection.transaction(async ({ run }) => {
    tries += 1;
    await run(INCREASE);
    // One that is between two statements.
    if (tries === 1) await database.cutSessions();
    await run(INCREASE);
  });
  expect(tries).toBe(2);
  expect(await read()).toBe(2);
});

test('of a commit without an answer is said that the connection was lost: it may have been done', async () => {
  const { database, read } = await openCounter();
  const url = new URL(database.url);
  const proxy = await startCuttingProxy(Number(url.port));
  onTestFinished(() => proxy.close());
  url.port = `${proxy.port}`;
  const troubles: (string | undefined)[] = [];
  const connection = await open(url.href, { onWrite: (error) => troubles.push(error?.reason) });
  let tries = 0;
  proxy.cutAfter('COMMIT');
  const lost = connection.transaction(async ({ run }) => {
    tries += 1;
    await run(INCREASE);
  });
  await expect(lost).rejects.toThrow('the connection to it was lost');
  expect([tries, proxy.cuts, await read()]).toEqual([1, 1, 1]);
  // A single statement that writes likewise; one that reads is repeated.
  proxy.cutAfter('UPDATE');
  await expect(connection.run(INCREASE)).rejects.toThrow(DatabaseError);
  expect([proxy.cuts, await read()]).toEqual([2, 2]);
  proxy.cutAfter('SELECT n');
  expect(await connection.query(numberRow, 'SELECT n FROM public.counters')).toEqual([{ n: 2 }]);
  expect(proxy.cuts).toBe(3);
  await connection.run(INCREASE);
  expect(troubles).toEqual([
    'The database cannot be used: the connection to it was lost.',
    'The database cannot be used: the connection to it was lost.',
    undefined,
  ]);
});

test('work is continued over a restart of the server, and given up where it stays away', async () => {
  const server = await ownPostgres();
  const connection = await open(server.url, { patienceMs: 20_000 });
  const impatient = await open(server.url, { patienceMs: 300 });
  await connection.run('CREATE TABLE public.counters AS SELECT 0::bigint AS n');
  await server.stop();
  await expect(impatient.run(INCREASE)).rejects.toThrow(
    `The database 127.0.0.1:${server.port}/postgres cannot be used: no server answers at its address (ECONNREFUSED). Start PostgreSQL there, or put the right address into DATABASE_URL.`,
  );
  const increased = connection.transaction(({ run }) => run(INCREASE));
  const read = connection.query(numberRow, 'SELECT n FROM public.counters WHERE n = 1 OR n = 0');
  await server.start();
  expect(await increased).toBe(1);
  expect(await read).toHaveLength(1);
  expect(await impatient.query(numberRow, 'SELECT n FROM public.counters')).toEqual([{ n: 1 }]);
});

test.runIf(process.platform === 'linux')(
  'a server that stands still is waited for as long as said',
  async () => {
    const server = await ownPostgres();
    const connection = await open(server.url, { patienceMs: 1_000, statementTimeoutMs: 200 });
    await server.signal('SIGSTOP');
    await expect(connection.query(numberRow, 'SELECT 1 AS n')).rejects.toThrow(
      'its server does not answer in time',
    );
    await server.signal('SIGCONT');
    expect(await connection.query(numberRow, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  },
);

test('a statement that takes too long is cancelled, unless it may', async () => {
  const { connection } = await openCounter({ statementTimeoutMs: 300 });
  const slow = 'SELECT 1 AS n FROM pg_sleep(0.6)';
  await expect(connection.query(numberRow, slow)).rejects.toThrow(
    'a statement took too long and was cancelled (57014)',
  );
  const patient = connection.transaction(({ query }) => query(numberRow, slow), {
    statementTimeoutMs: 20_000,
  });
  expect(await patient).toEqual([{ n: 1 }]);
});

test('a transaction has its limits also in a session that a pooler has handed over without them', async () => {
  const { url } = await openTestPostgres();
  const connection = await open(url, { connections: 1 });
  const sql = `SELECT name || ' ' || setting AS limit FROM pg_settings WHERE name IN
    ('idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout') ORDER BY 1`;
  const row = v.object({ limit: v.string() });
  const expected = [
    'idle_in_transaction_session_timeout 5000',
    'lock_timeout 5000',
    'statement_timeout 15000',
  ];
  expect((await connection.query(row, sql)).map(({ limit }) => limit)).toEqual(expected);
  await connection.run('RESET ALL');
  const within = await connection.transaction(({ query }) => query(row, sql));
  expect(within.map(({ limit }) => limit)).toEqual(expected);
});

test('the time is the database’s, whatever the clock of this machine says', async () => {
  const { url } = await openTestPostgres();
  const clock = fakeClock({ now: Date.parse('2001-02-03T04:05:06Z') });
  const connection = await open(url, { clock });
  expect(Math.abs(connection.now() - Date.now())).toBeLessThan(5_000);
  clock.set(3_600_000);
  expect(connection.now() - Date.now()).toBeGreaterThan(3_000_000);
  await connection.measureClock();
  expect(Math.abs(connection.now() - Date.now())).toBeLessThan(5_000);
});

test('no more connections are opened than said, and closing waits for what is under way', async () => {
  const { url, exec } = await openTestPostgres();
  const connection = await connect({ url, places: 1, connections: 2, clock: systemClock });
  const answers = Promise.all(
    Array.from({ length: 8 }, (_, n) => connection.query(numberRow, `SELECT ${n} AS n FROM pg_sleep(0.05)`)),
  );
  const sessions = `SELECT COUNT(*)::int AS n FROM pg_stat_activity
    WHERE application_name = 'auth0-logs-to-segment' AND datname = current_database()`;
  await connection.query(numberRow, 'SELECT 1 AS n');
  expect((await exec(sessions)).rows).toEqual([{ n: 2 }]);
  await answers;
  // More than there are connections: some wait for one.
  const last = Promise.all(
    Array.from({ length: 5 }, (_, n) => connection.query(numberRow, `SELECT ${n} AS n FROM pg_sleep(0.05)`)),
  );
  await connection.close();
  expect((await last).flat()).toEqual([0, 1, 2, 3, 4].map((n) => ({ n })));
  await connection.close();
});

/** A message of PostgreSQL's protocol. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('a server that lets in and stops in the same moment ends the connection, and not the process', async () => {
  const letIn = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))];
  const stopped = message(
    'E',
    Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
  );
  const server = createServer((client) => {
    client.on('error', () => {});
    // In one piece, as a busy process reads it.
    client.once('data', () => client.end(Buffer.concat([...letIn, stopped])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const url = `postgres://exporter:secret@127.0.0.1:${port}/exporter?sslmode=disable`;
  await expect(open(url, { patienceMs: 0 })).rejects.toThrow(/the connection to it was lost/);
});
