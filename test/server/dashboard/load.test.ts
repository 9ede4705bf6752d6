import { EventEmitter, once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startProcess } from '../cli/start-process';

const PASSWORD = 'correct horse battery staple';
const GUESSES = 2_000;
const HALF_OPEN = 500;
const ATTACKERS = 40;
/** One takes about a tenth of a second of a processor; a busy machine takes longer, but not more of them. */
const MOST_TRIES_BEFORE = 20;
/** Requests of the right password. Without its rank, it waits behind all others: more than a hundred. */
const MOST_ASKED = 20;

/** Asks with a limit of its own, so that the attack below does not take its connections. */
function ask(port: number, from: string, path: string, body?: object, agent?: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const payload = body ? JSON.stringify(body) : '';
    const headers = body ? { 'content-type': 'application/json', 'content-length': payload.length } : {};
    const method = body ? 'POST' : 'GET';
    const outgoing = request({ port, host: '127.0.0.1', localAddress: from, path, method, headers, agent });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.end(payload);
  });
}

test('the right password from another address logs in behind at most 20 of 2,000 wrong ones and 500 half-open requests', async () => {
  const { prints } = await startProcess(['start', '--no-sandbox'], { env: { DASHBOARD_PASSWORD: PASSWORD } });
  const [, found] = await prints(/Dashboard +http:\/\/localhost:(\d+)/);
  const port = Number(found);
  const halfOpen = await Promise.all(
    Array.from({ length: HALF_OPEN }, async (_, n) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.3.${(n % ATTACKERS) + 1}` });
      socket.on('error', () => {});
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
      // Half of them stop within the headers, half within the body.
      const head = 'POST /api/login HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n';
      socket.write(n % 2 === 0 ? head : `${head}content-length: 100\r\n\r\n{"password":`);
      return socket;
    }),
  );
  const agents = Array.from({ length: ATTACKERS }, () => new Agent({ keepAlive: true, maxSockets: 2 }));
  onTestFinished(() => {
    for (const agent of agents) agent.destroy();
  });
  const guesses = Array.from({ length: GUESSES }, (_, n) => {
    const one = n % ATTACKERS;
    return ask(port, `127.0.4.${one + 1}`, '/api/login', { password: `wrong ${n}` }, agents[one]);
  });
  let tried = 0;
  const examined = new EventEmitter();
  const all = Promise.all(
    guesses.map(async (guess) => {
      const status = await guess;
      if (status === 401) {
        tried += 1;
        examined.emit('guess');
      }
      return status;
    }),
  );
  await Promise.race(guesses);

  expect(await ask(port, '127.0.0.9', '/healthz')).toBe(200);
  const before = tried;
  let [status, asked] = [503, 0];
  while (status === 503) {
    // 503 asks for another try in a moment: once a guess was examined, its place is free.
    const freed = once(examined, 'guess');
    status = await ask(port, '127.0.0.9', '/api/login', { password: PASSWORD });
    asked += 1;
    if (status === 503) await Promise.race([freed, all]);
  }
  expect(status).toBe(204);
  expect(asked).toBeLessThanOrEqual(MOST_ASKED);
  expect(tried - before).toBeLessThanOrEqual(MOST_TRIES_BEFORE);

  const statuses = await all;
  const counts = new Map<number, number>();
  for (const one of statuses) counts.set(one, (counts.get(one) ?? 0) + 1);
  expect([...counts.keys()].sort()).toEqual([401, 429, 503].filter((one) => counts.has(one)));
  expect(counts.get(401)).toBeLessThanOrEqual(ATTACKERS * 5);
  expect(halfOpen).toHaveLength(HALF_OPEN);
});
