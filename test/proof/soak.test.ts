import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../server/sandbox/sandbox';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { buildProcess } from '../support/build-process';

const LOGS = Number(process.env.SOAK_LOGS ?? 1_000_000);
/** A run takes this long at most here, so that there are many, as there are on the platform. */
const RUN_SECONDS = '10';
/** Calls of a batch: an identify and a track for each of a hundred logs. */
const BATCH_CALLS = 200;
const MEGABYTE = 1024 * 1024;

const bundle = fileURLToPath(new URL('../../build/bundle.js', import.meta.url));

interface Measure {
  logsRead: number;
  rss: number;
  heap: number;
  documentBytes: number;
  held: string[];
}

test(`${LOGS.toLocaleString('en-US')} logs go through one process, run after run, in the same memory`, async () => {
  const logs = generateLogs({ count: LOGS, users: 50_000, deletedUserShare: 0 });
  const sandbox = await startSandbox({ tenant: { logs }, segment: { keep: 'ids' }, compress: false });
  onTestFinished(() => sandbox.close());
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = await buildProcess(new URL('./export-and-measure.ts', import.meta.url));
  const secrets = JSON.stringify({ ...sandbox.secrets(), MAX_RUN_SECONDS: RUN_SECONDS });
  const child = spawn(process.execPath, ['--expose-gc', program, bundle, folder, secrets], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());

  const measures: Measure[] = [];
  for await (const line of createInterface({ input: child.stdout })) measures.push(JSON.parse(line));

  const [, first, ...rest] = measures;
  const last = rest.at(-1);
  const middle = rest[Math.floor(rest.length / 2)];
  if (!first || !middle || !last) throw new Error('the soak made fewer than three runs');
  const megabytes = ({ rss, heap }: Measure) =>
    `${Math.round(rss / MEGABYTE)} MB (heap ${Math.round(heap / MEGABYTE)} MB)`;
  console.log(
    `${last.logsRead} logs in ${measures.length - 2} runs; resident after the first run ${megabytes(first)}, in the middle ${megabytes(middle)}, at the end ${megabytes(last)}; stored document ${Math.round(last.documentBytes / 1024)} KB; still open: ${last.held.join(', ') || 'nothing'}`,
  );
  // What a run had read and no time to send, the next one reads again.
  expect(last.logsRead).toBeGreaterThanOrEqual(LOGS);
  let expected = 0;
  for (let index = 0; index < LOGS; index += 1) {
    if (/^(s|ss|f)$/.test(logs.typeAt(index)) && logs.userIdAt(index)) expected += 1;
  }
  expect(sandbox.segment.ids('track').size).toBe(expected);
  // Of a run whose time is up, one request may be in flight: Segment recognises its calls when they come again.
  const runs = measures.length - 2;
  expect(sandbox.segment.duplicates).toBeLessThanOrEqual((runs - 1) * BATCH_CALLS);
  expect(last.heap).toBeLessThan(first.heap * 1.25 + 5 * MEGABYTE);
  expect(Math.max(...measures.map(({ documentBytes }) => documentBytes))).toBeLessThan(400 * 1024);
  expect(last.held).toEqual([]);
}, 1_200_000);
