import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../server/database/open-database';
import { createTriggerTokens } from '../../../server/log-streams/trigger-tokens';
import { systemClock } from '../../../src/time';
import { startProcess } from '../cli/start-process';
import { openSandbox } from '../sandbox/open-sandbox';
import { posted } from './open-trigger';

/** The exporter as a process of its own, with the port of the log streams apart from the Dashboard's. */
async function startExporter(env: Record<string, string> = { TRIGGER_PORT: '0' }) {
  const sandbox = await openSandbox();
  const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
  const running = await startProcess(['start'], { env: { ...settings, ...env } });
  await running.prints(/Next run/);
  const [, dashboardPort] = await running.prints(/Dashboard +http:\/\/localhost:(\d+)/);
  const [, triggerPort] =
    /Log streams +http:\/\/localhost:(\d+)\/log-streams\/NAME/.exec(running.out()) ?? [];
  const database = await openDatabase({ folder: join(running.folder, 'data'), clock: systemClock });
  const tenant = await database.tenants.find('default');
  const token = await createTriggerTokens(database.logStreams).rotate(tenant?.id ?? '');
  await database.close();
  const status = () => readFileSync(`/proc/${running.child.pid}/status`, 'utf8');
  return {
    running,
    token,
    dashboardPort: Number(dashboardPort),
    port: Number(triggerPort ?? dashboardPort),
    /** The most memory that it has had resident, in MB. */
    peakMb: () => Number(/VmHWM:\s+(\d+) kB/.exec(status())?.[1]) / 1_024,
  };
}

type Exporter = Awaited<ReturnType<typeof startExporter>>;

const headOf = (token: string, headers: Record<string, string | number> = {}) => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  ...headers,
});

/** Posts a body; of one whose connection is cut before an answer comes the status is 0. */
function post(
  { port }: Pick<Exporter, 'port'>,
  headers: Record<string, string | number>,
  body: string | Buffer | (() => Buffer | undefined),
): Promise<{ status: number; error: string }> {
  return new Promise((resolve) => {
    let isAnswered = false;
    const request = httpRequest(
      { port, host: '127.0.0.1', path: '/log-streams/default', method: 'POST', headers, agent: false },
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

test('the port of the log streams has nothing else on it, and the Dashboard no log streams', async () => {
  const { port, dashboardPort, token, running } = await startExporter();
  expect(port).not.toBe(dashboardPort);
  for (const path of ['/', '/healthz', '/metrics', '/api/session', '/log-streams/']) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404);
  }
  const body = JSON.stringify([posted('1')]);
  expect((await post({ port }, headOf(token), body)).status).toBe(204);
  expect((await post({ port: dashboardPort }, headOf(token), body)).status).toBe(404);
  expect(running.out()).not.toContain(token);
});

test('without a port of their own, log streams post to that of the Dashboard', async () => {
  const exporter = await startExporter({ DASHBOARD_PASSWORD: 'four random words here' });
  expect((await post(exporter, headOf(exporter.token), JSON.stringify([posted('1')]))).status).toBe(204);
});

test('large bodies are refused, with a token or without, and take no memory', async () => {
  const exporter = await startExporter();
  const { token, peakMb } = exporter;
  const body = JSON.stringify([posted('1')]);
  expect((await post(exporter, headOf(token), body)).status).toBe(204);
  const before = peakMb();
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
  expect(peakMb() - before).toBeLessThan(60);
  expect((await post(exporter, headOf(token), body)).status).toBe(204);
});

test('deep JSON is refused before it is parsed', async () => {
  const exporter = await startExporter();
  const { token, peakMb } = exporter;
  const before = peakMb();
  const deep = '['.repeat(MB);
  for (const body of [
    deep,
    `{"log_id":"1","data":${deep}`,
    `${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`,
  ]) {
    expect(await post(exporter, headOf(token), body)).toEqual({ status: 400, error: 'invalid_body' });
  }
  expect(peakMb() - before).toBeLessThan(60);
});

/** Opens connections that send the head of a post, and then nothing. */
async function openSlow({ port, token }: Exporter, count: number): Promise<Promise<string>[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket: Socket = connect(port, '127.0.0.1');
      onTestFinished(() => {
        socket.destroy();
      });
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      const closed = new Promise<string>((resolve) => {
        socket.on('close', () => resolve(text));
        socket.on('error', () => resolve(text));
      });
      await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
      socket.write(
        `POST /log-streams/default HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[`,
      );
      return [closed] as const;
    }),
  ).then((list) => list.map(([closed]) => closed));
}

test('slow bodies are cut off within seconds', async () => {
  const exporter = await startExporter();
  const startedAt = performance.now();
  const slow = await openSlow(exporter, 4);
  const answers = await Promise.all(slow);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408/);
  expect((await post(exporter, headOf(exporter.token), JSON.stringify([posted('1')]))).status).toBe(204);
});

test('a thousand posts at once are taken or refused within limits, and the Dashboard is answered before them', async () => {
  const exporter = await startExporter();
  const { token, dashboardPort, peakMb } = exporter;
  const look = () => fetch(`http://127.0.0.1:${dashboardPort}/healthz`);
  await look();
  const before = peakMb();
  // 1 MB each would be a GB, were they all read at once.
  const body = Buffer.from(`[${JSON.stringify(posted('1'))}${' '.repeat(MB)}]`);
  let answered = 0;
  const posts = Array.from({ length: 1_000 }, async (_, place) => {
    const answer = await post(exporter, headOf(place % 10 === 0 ? 'wrong' : token), body);
    answered += 1;
    return answer;
  });
  for (let looks = 0; looks < 5; looks += 1) await look();
  // Those that are refused get their answer at once; the Dashboard does not wait for the others.
  expect(answered).toBeLessThan(800);
  const statuses = new Set((await Promise.all(posts)).map(({ status }) => status));
  for (const status of statuses) expect([0, 204, 401, 408, 503]).toContain(status);
  expect(statuses).toContain(204);
  expect(peakMb() - before).toBeLessThan(150);
  await expect
    .poll(async () => (await post(exporter, headOf(token), body)).status, { timeout: 20_000 })
    .toBe(204);
}, 180_000);
