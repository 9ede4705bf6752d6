import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../../server/database/open-database';
import { createTriggerTokens } from '../../../server/log-streams/trigger-tokens';
import { startSandbox } from '../../../server/sandbox/sandbox';
import { type Clock, systemClock } from '../../../src/time';
import { fakeClock } from '../../support/fake-clock';
import type { OnEnd } from '../../support/temporary-folder';
import { startProcess } from '../cli/start-process';
import { openTrigger, posted } from './open-trigger';

/** The exporter as a process of its own, with the port of the log streams apart from the Dashboard's. */
async function startExporter(env: Record<string, string>, onEnd: OnEnd) {
  const sandbox = await startSandbox();
  onEnd(() => sandbox.close());
  const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
  const running = await startProcess(['start'], { env: { ...settings, ...env }, onEnd });
  await running.prints(/Next run/);
  const [, dashboardPort] = await running.prints(/Dashboard +http:\/\/localhost:(\d+)/);
  const [, triggerPort] =
    /Log streams +http:\/\/localhost:(\d+)\/log-streams\/NAME/.exec(running.out()) ?? [];
  const database = await openDatabase({ folder: join(running.folder, 'data'), clock: systemClock });
  const tenant = await database.tenants.find('default');
  const token = await createTriggerTokens(database.logStreams).rotate(tenant?.id ?? '');
  await database.close();
  const status = () => readFileSync(`/proc/${running.child.pid}/status`, 'utf8');
  const megabytesOf = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status())?.[1]) / 1_024;
  return {
    running,
    token,
    dashboardPort: Number(dashboardPort),
    port: Number(triggerPort ?? dashboardPort),
    /** Returns a function that returns by how many MB its resident memory has grown at most since. */
    watchMemory: () => {
      // Sets the peak to what is resident now: proc(5), clear_refs.
      writeFileSync(`/proc/${running.child.pid}/clear_refs`, '5');
      const before = megabytesOf('VmHWM');
      return () => megabytesOf('VmHWM') - before;
    },
  };
}

type Exporter = Awaited<ReturnType<typeof startExporter>>;

let exporter: Exporter;
beforeAll(async () => {
  // A hook that runs can't register another one.
  const ends: (() => Promise<void>)[] = [];
  exporter = await startExporter({ TRIGGER_PORT: '0' }, (end) => void ends.push(end));
  return async () => {
    for (const end of ends.reverse()) await end();
  };
});

const headOf = (token: string, headers: Record<string, string | number> = {}) => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  ...headers,
});

/** Posts a body; of one whose connection is cut before an answer comes the status is 0. */
function post(
  { port, path = '/log-streams/default' }: { port: number; path?: string },
  headers: Record<string, string | number>,
  body: string | Buffer | (() => Buffer | undefined),
): Promise<{ status: number; error: string }> {
  return new Promise((resolve) => {
    let isAnswered = false;
    const request = httpRequest(
      { port, host: '127.0.0.1', path, method: 'POST', headers, agent: false },
      (response) => {
        isAnswered = true;
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('close', () => {
          request.destroy();
          const { error = '' } = text === '' ? {} : JSON.parse(text);
          resolve({ status: response.statusCode ?? 0, error });
        });
      },
    );
    request.on('error', () => resolve({ status: 0, error: 'cut' }));
    if (typeof body !== 'function') {
      request.end(body);
      return;
    }
    const send = () => {
      for (let chunk = body(); !isAnswered && chunk; chunk = body()) {
        if (!request.write(chunk)) {
          request.once('drain', send);
          return;
        }
      }
      request.end();
    };
    send();
  });
}

const MB = 1024 * 1024;
/** So many MB, a MB after the other. */
const megabytes = (count: number) => {
  const chunk = Buffer.alloc(MB, ' ');
  let sent = 0;
  return () => {
    sent += 1;
    return sent <= count ? chunk : undefined;
  };
};

test('the port of the log streams serves nothing else, and the Dashboard serves no log streams', async () => {
  const { port, dashboardPort, token, running } = exporter;
  expect(port).not.toBe(dashboardPort);
  for (const path of ['/', '/healthz', '/metrics', '/api/session', '/log-streams/']) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404);
  }
  const body = JSON.stringify([posted('1')]);
  expect((await post({ port }, headOf(token), body)).status).toBe(204);
  expect((await post({ port: dashboardPort }, headOf(token), body)).status).toBe(404);
  expect(running.out()).not.toContain(token);
});

test('log streams without a port of their own post to that of the Dashboard', async () => {
  const other = await startExporter({ DASHBOARD_PASSWORD: 'four random words here' }, onTestFinished);
  expect((await post(other, headOf(other.token), JSON.stringify([posted('1')]))).status).toBe(204);
});

test('large bodies are refused with and without a token, and take no memory', async () => {
  const { token, watchMemory } = exporter;
  const body = JSON.stringify([posted('1')]);
  expect((await post(exporter, headOf(token), body)).status).toBe(204);
  const grownMb = watchMemory();
  const refused = await Promise.all([
    post(exporter, headOf('wrong'), megabytes(100)),
    post(exporter, headOf(token), megabytes(100)),
    post(exporter, headOf(token, { 'content-length': 100 * MB }), megabytes(100)),
    post(exporter, headOf(token, { 'content-encoding': 'gzip' }), gzipSync(Buffer.alloc(100 * MB, ' '))),
    post(exporter, headOf(token, { 'content-encoding': 'gzip' }), gzipSync(Buffer.alloc(2 * MB + 1, ' '))),
  ]);
  // An answer may be lost where the connection is cut while much is still being sent.
  for (const { status } of refused.slice(1)) expect([0, 413]).toContain(status);
  expect([0, 401]).toContain(refused[0]?.status);
  expect(refused.slice(3).map(({ error }) => error)).toEqual(['body_too_large', 'body_too_large']);
  expect(grownMb()).toBeLessThan(60);
  expect((await post(exporter, headOf(token), body)).status).toBe(204);
});

test('deep JSON is refused before it is parsed', async () => {
  const { token, watchMemory } = exporter;
  const grownMb = watchMemory();
  const deep = '['.repeat(MB);
  for (const body of [
    deep,
    `{"log_id":"1","data":${deep}`,
    `${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`,
  ]) {
    expect(await post(exporter, headOf(token), body)).toEqual({ status: 400, error: 'invalid_body' });
  }
  expect(grownMb()).toBeLessThan(60);
});

const PATH = '/log-streams/acme';
const LONGEST_WAIT_MS = 1_000;

/** A clock on which the seconds that a post may take never pass: a busy machine takes longer. */
const patientClock: Clock = {
  ...systemClock,
  sleep: async (ms, signal) => {
    if (ms <= LONGEST_WAIT_MS) return systemClock.sleep(ms, signal);
    signal?.throwIfAborted();
    await new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  },
};

/** Sends the head of a post and the start of its body; resolves with the answer when the connection ends. */
async function openSlow(port: number, token: string): Promise<{ answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  const answer = text(socket).catch(() => '');
  await once(socket, 'connect');
  socket.write(
    `POST ${PATH} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[`,
  );
  return { answer };
}

test('a post whose body does not arrive within five seconds is answered with 408', async () => {
  const clock = fakeClock({ now: Date.now() });
  const { port, token } = await openTrigger({ clock });
  const slow = await Promise.all(Array.from({ length: 4 }, () => openSlow(port, token)));
  await vi.waitFor(() => expect(clock.pending).toBe(4));
  await clock.advance(4_999);
  expect(clock.pending).toBe(4);
  await clock.advance(1);
  for (const { answer } of slow) expect(await answer).toMatch(/^HTTP\/1\.1 408/);
  expect((await post({ port, path: PATH }, headOf(token), JSON.stringify([posted('1')]))).status).toBe(204);
});

const POSTS = 700;
const BODY_BYTES = MB / 4;

test('of hundreds of posts at once few bodies are held, and the Dashboard is answered before most of them', async () => {
  const { port, token, send, server } = await openTrigger({ clock: patientClock });
  const open = new Map<Socket, number>();
  let heldMost = 0;
  const measure = () => {
    let held = 0;
    for (const [socket, before] of open) held += socket.bytesRead - before;
    heldMost = Math.max(heldMost, held);
  };
  server.prependListener('request', ({ socket }, response) => {
    open.set(socket, 0);
    measure();
    response.once('close', () => {
      measure();
      open.delete(socket);
    });
  });
  // Were all of them read at once, they would take 175 MB.
  const body = Buffer.from(`[${JSON.stringify(posted('1'))}${' '.repeat(BODY_BYTES)}]`);
  // Opens the connection that the looks below use.
  await send('GET', '/healthz');
  let answered = 0;
  const posts = Array.from({ length: POSTS }, async (_, place) => {
    const answer = await post({ port, path: PATH }, headOf(place % 10 === 0 ? 'wrong' : token), body);
    answered += 1;
    return answer;
  });
  for (let looks = 0; looks < 5; looks += 1) expect((await send('GET', '/healthz')).status).toBe(200);
  // Posts that are refused are answered at once; the Dashboard does not wait for the others.
  expect(answered).toBeLessThan(POSTS * 0.8);
  const statuses = new Set((await Promise.all(posts)).map(({ status }) => status));
  // 0: a post that is refused may lose its answer with its connection.
  for (const status of statuses) expect([0, 204, 401, 503]).toContain(status);
  expect(statuses).toContain(204);
  expect(heldMost).toBeLessThan(100 * MB);
  expect((await post({ port, path: PATH }, headOf(token), body)).status).toBe(204);
});
