import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { exchange } from '../../src/http/request';
import { createDeadline } from '../../src/time';
import { fakeClock } from '../support/fake-clock';

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const deadlineOf = (budgetMs: number) => createDeadline({ clock: fakeClock(), budgetMs });

test('answers status, headers and the whole body', async () => {
  const url = await listen((_request, response) => response.writeHead(418, { 'x-y': 'z' }).end('tea'));
  const answer = await exchange(deadlineOf(22_000), fetch, url, {});
  expect([answer.status, answer.headers.get('x-y'), answer.text]).toEqual([418, 'z', 'tea']);
});

test('does not follow a redirect, which would carry secrets elsewhere', async () => {
  const seen: (string | undefined)[] = [];
  const url = await listen((request, response) => {
    seen.push(request.url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect((await exchange(deadlineOf(22_000), fetch, url, {})).status).toBe(302);
  expect(seen).toEqual(['/']);
});

test('sees a connection that is cut halfway through the body as a failure', async () => {
  const url = await listen((_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  });
  await expect(exchange(deadlineOf(22_000), fetch, url, {})).rejects.toThrow(/terminated|fetch failed/);
});

test('gives a peer that says nothing up in time', async () => {
  const url = await listen(() => {});
  // 530 ms left, of which half a second is kept for the last write.
  await expect(exchange(deadlineOf(530), fetch, url, {})).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('gives a peer that stops halfway up in time', async () => {
  const url = await listen((_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
  });
  await expect(exchange(deadlineOf(550), fetch, url, {})).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('ends with the run', async () => {
  const deadline = deadlineOf(22_000);
  const url = await listen(() => deadline.abort());
  await expect(exchange(deadline, fetch, url, {})).rejects.toMatchObject({ name: 'AbortError' });
  await expect(exchange(deadline, fetch, url, {})).rejects.toMatchObject({ name: 'AbortError' });
});

test('ends with the caller’s own signal', async () => {
  const caller = new AbortController();
  const url = await listen(() => caller.abort());
  const asked = exchange(deadlineOf(22_000), fetch, url, { signal: caller.signal });
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});

/** Answers with zeros without end, until the reader has had enough; tells how much was taken. */
function endless(status: number): { answer: RequestListener; ended: Promise<number> } {
  let end = (_bytes: number) => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const chunk = Buffer.alloc(64 * 1024, '0');
  return {
    ended,
    answer: (_request, response) => {
      response.writeHead(status);
      let bytes = 0;
      response.on('close', () => end(bytes));
      const write = () => {
        do {
          if (response.destroyed) return;
          bytes += chunk.length;
        } while (response.write(chunk));
        response.once('drain', write);
      };
      write();
    },
  };
}

test.each([400, 500, 302])('reads 64 KB of an endless %i and hangs up', async (status) => {
  const { answer, ended } = endless(status);
  const { text } = await exchange(deadlineOf(22_000), fetch, await listen(answer), {});
  expect(text).toBe('0'.repeat(64 * 1024));
  // What the sockets of both sides hold was sent as well.
  expect(await ended).toBeLessThan(32 * 1024 * 1024);
});

test('refuses a success of more than 128 MB, and hangs up', async () => {
  const { answer, ended } = endless(200);
  const asked = exchange(deadlineOf(600_000), fetch, await listen(answer), {});
  await expect(asked).rejects.toMatchObject({ name: 'AnswerTooLargeError' });
  expect(await ended).toBeLessThan(192 * 1024 * 1024);
});

test('counts bytes after decompression', async () => {
  const url = await listen((_request, response) => {
    response.writeHead(500, { 'content-encoding': 'gzip' });
    const gzip = createGzip();
    gzip.pipe(response);
    gzip.end(Buffer.alloc(50 * 1024 * 1024, '0'));
  });
  expect((await exchange(deadlineOf(22_000), fetch, url, {})).text).toHaveLength(64 * 1024);
});

test('reads a success of several megabytes whole, in whatever pieces it comes', async () => {
  const body = JSON.stringify(Array.from({ length: 200_000 }, (_, index) => `Zoë 😀 ${index}`));
  const url = await listen((_request, response) => response.end(body));
  expect((await exchange(deadlineOf(22_000), fetch, url, {})).text).toBe(body);
});
