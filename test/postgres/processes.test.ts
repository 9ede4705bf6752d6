import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import * as v from 'valibot';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../server/database/postgres/connection';
import { MIGRATIONS } from '../../server/database/postgres/schema';
import { systemClock } from '../../src/time';
import { buildProcess } from '../support/build-process';
import { openTestPostgres } from '../support/postgres';

let path = '';
beforeAll(async () => {
  path = await buildProcess(new URL('database-process.ts', import.meta.url));
});

function start(url: string, task: string): ChildProcessByStdio<Writable, Readable, null> {
  const child = spawn(process.execPath, [path, url, task], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('processes that start on an empty database at once make its tables once', async () => {
  const { url } = await openTestPostgres();
  const answers = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const child = start(url, 'migrate');
      const text = (await child.stdout.toArray()).join('').trim();
      return { text, code: child.exitCode ?? (await once(child, 'exit'))[0] };
    }),
  );
  expect(answers).toEqual(Array(3).fill({ text: `${MIGRATIONS.length}`, code: 0 }));
});

async function openHeldRow() {
  const database = await openTestPostgres();
  await database.exec('CREATE TABLE public.counters AS SELECT 0 AS n');
  const connection = await connect({ url: database.url, places: 1, clock: systemClock });
  onTestFinished(() => connection.close());
  const child = start(database.url, 'change');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('holds the row');
  const read = async () =>
    (await connection.query(v.object({ n: v.number() }), 'SELECT n FROM public.counters'))[0]?.n;
  return { connection, child, lines, read };
}

test('a process that is killed in the middle of a change leaves nothing of it, and holds up nobody', async () => {
  const { connection, child, read } = await openHeldRow();
  child.kill('SIGKILL');
  await connection.run('UPDATE public.counters SET n = n + 10');
  expect(await read()).toBe(10);
});

test('one that is stopped there holds others up for seconds, and does its change again when it continues', async () => {
  const { connection, child, lines, read } = await openHeldRow();
  child.kill('SIGSTOP');
  await connection.run('UPDATE public.counters SET n = n + 10');
  expect(await read()).toBe(10);
  child.stdin.write('\n');
  child.kill('SIGCONT');
  expect((await lines.next()).value).toBe('tries: 2');
  expect(await read()).toBe(12);
});
