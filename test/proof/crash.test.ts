import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startSandbox } from '../../server/sandbox/sandbox';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { seededRandom } from '../../server/sandbox/tenant/ids';
import { buildProcess } from '../support/build-process';
import { deliveryGaps } from '../support/delivery-gaps';

const KILLS = Number(process.env.KILLS ?? 200);
const SEED = Number(process.env.SEED ?? 20_260_101);
/** Exports that are killed side by side: one for each processor of a small machine. */
const LANES = 2;
/** A process is killed within this of having loaded: about as long as its export would take. */
const LONGEST_LIFE_MS = 1_200;
/** Every so often one is killed within this of its start, while it loads or takes the lease. */
const LONGEST_LOAD_MS = 600;
const EARLY = 8;

const bundle = fileURLToPath(new URL('../../build/bundle.js', import.meta.url));

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test(`an export of 5,000 logs that is killed at ${KILLS} random moments loses and doubles nothing`, async () => {
  const program = await buildProcess(new URL('./export-until-done.ts', import.meta.url));
  let kills = 0;
  let exports = 0;
  const lost: string[] = [];
  const unknown: string[] = [];
  let arrivals = 0;
  let tracks = 0;

  const lane = async () => {
    while (kills < KILLS) {
      const number = exports++;
      const sandbox = await startSandbox({
        tenant: { logs: generateLogs({ count: 5_000, users: 500, seed: SEED + number }) },
        segment: { keep: 'ids' },
        latencyMs: 3,
      });
      const folder = await mkdtemp(join(tmpdir(), 'crash-'));
      const start = () =>
        spawn(process.execPath, [program, bundle, folder, JSON.stringify(sandbox.secrets())], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
      for (let life = 0; ; life += 1) {
        const child = start();
        const ended = once(child, 'exit').then(([code]) => code as number | null);
        if (kills >= KILLS) {
          expect(await ended).toBe(0);
          break;
        }
        const isEarly = life % EARLY === EARLY - 1;
        if (!isEarly) await once(child.stdout, 'data');
        const within = isEarly ? LONGEST_LOAD_MS : LONGEST_LIFE_MS;
        const moment = delay(seededRandom(SEED, number, life) * within).then(() => 'kill' as const);
        const first = await Promise.race([ended, moment]);
        if (first !== 'kill') {
          expect(first).toBe(0);
          break;
        }
        kills += 1;
        await kill(child);
      }
      const gaps = deliveryGaps(sandbox);
      lost.push(...gaps.lost);
      unknown.push(...gaps.unknown);
      for (const count of sandbox.segment.ids('track').values()) {
        tracks += 1;
        arrivals += count;
      }
      await sandbox.close();
      await rm(folder, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));

  console.log(
    `seed ${SEED}: ${kills} kills in ${exports} exports of 5,000 logs; ${tracks} tracks, lost ${lost.length}, doubled after deduplication ${unknown.length} (${arrivals - tracks} arrived again and were recognised by their messageId)`,
  );
  expect(kills).toBeGreaterThanOrEqual(KILLS);
  expect(lost).toEqual([]);
  expect(unknown).toEqual([]);
}, 900_000);
