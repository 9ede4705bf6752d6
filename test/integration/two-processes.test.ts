import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../server/sandbox/sandbox';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { buildProcess } from '../support/build-process';
import { deliveryGaps } from '../support/delivery-gaps';
import type { CronResult } from '../support/start-webtask';

const bundle = fileURLToPath(new URL('../../build/bundle.js', import.meta.url));

/** A document that several processes share, in which a write must name the version that it replaces. */
async function serveDocument(): Promise<string> {
  let document = '{}';
  let version = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === 'PUT') {
      if (request.headers['if-match'] !== String(version)) return response.writeHead(409).end();
      document = body;
      version += 1;
    }
    response.writeHead(200, { etag: String(version) }).end(document);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Reads a process's answers, one JSON line each. */
function answersOf(child: ChildProcess): () => Promise<CronResult[]> {
  if (!child.stdout) throw new Error('the process has no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => JSON.parse((await lines.next()).value ?? 'null');
}

test('of triggers from two processes on one storage, one exports at a time and the others are told so', async () => {
  const sandbox = await startSandbox({
    tenant: { logs: generateLogs({ count: 400, users: 50 }) },
    latencyMs: 5,
  });
  onTestFinished(() => sandbox.close());
  const address = await serveDocument();
  const program = await buildProcess(new URL('./trigger-process.ts', import.meta.url));
  const processes = [1, 2].map(() => {
    const child = spawn(process.execPath, [program, bundle, address, JSON.stringify(sandbox.secrets())], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill());
    return { child, answer: answersOf(child) };
  });
  await Promise.all(processes.map(({ answer }) => answer()));

  for (let round = 0; round < 5; round += 1) {
    sandbox.tenant.addLogs(Array.from({ length: 150 }, () => ({ type: 's' })));
    for (const { child } of processes) child.stdin?.write('go\n');
    const results = (await Promise.all(processes.map(({ answer }) => answer()))).flat();
    expect(results).toHaveLength(20);
    const runs = results.filter(({ statusCode }) => statusCode === 200).map(({ body }) => body.status);
    const toHttpError = results.filter(({ statusCode }) => statusCode === 409);
    expect(runs.length).toBeGreaterThan(0);
    expect(runs.length + toHttpError.length).toBe(20);
    for (const { body } of toHttpError)
      expect(JSON.stringify(body)).toContain('Another run is under way since');
    // A trigger that comes after a run has ended may run as well; never while one is under way.
    const ordered = runs.sort((a, b) => a.start.localeCompare(b.start));
    expect(ordered.filter(({ logsRead }) => logsRead > 0)).toHaveLength(1);
  }
  expect(sandbox.segment.duplicates).toBe(0);
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});
