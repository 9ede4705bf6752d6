import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import type { Figure } from '../figure';
import { median } from '../median';
import type { SandboxOrders } from '../processes/sandbox';
import { quietMachine } from '../quiet-machine';
import { type Child, startChild } from '../start-child';

const TIMES = 15;

/** Starts a process and waits until it says that it is done; what its end takes is not counted. */
async function timeOf(file: string, input: object): Promise<number> {
  const begun = performance.now();
  const process = spawn(globalThis.process.execPath, [new URL(file, import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...globalThis.process.env, NODE_NO_WARNINGS: '1', COLD_START: JSON.stringify(input) },
  });
  const exit = once(process, 'exit');
  let ms = 0;
  process.stdout.on('data', (text: Buffer) => {
    if (text.toString().endsWith('done')) ms = performance.now() - begun;
  });
  const [code] = (await exit) as [number];
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return ms;
}

/**
 * Whole processes in turn: one that loads the bundle and answers its first cron request, of a tenant where
 * nothing is new, one that only loads the published stack, and one that does nothing.
 */
export async function coldStart(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const latencyMs of [30, 0]) {
    const sandbox: Child<SandboxOrders> = startChild('sandbox');
    const input = await sandbox.ask('start', {
      logs: 100,
      users: 10,
      selectedShare: 0.6,
      latencyMs,
      plan: 'unlimited',
      compress: true,
    });
    const times: { ours: number; published: number; nothing: number }[] = [];
    await quietMachine();
    for (let time = 0; time <= TIMES; time += 1) {
      const ours = await timeOf('./processes/first-cron.mjs', input);
      const published = await timeOf('./processes/load-published.mjs', input);
      const nothing = await timeOf('./processes/load-nothing.mjs', input);
      // The first of each fills the file system's cache.
      if (time > 0) times.push({ ours, published, nothing });
    }
    await sandbox.stop();
    const whole = times.map(({ ours, published }) => ours / published);
    const net = times.map(({ ours, published, nothing }) => (ours - nothing) / (published - nothing));
    const [ours, published, nothing] = (['ours', 'published', 'nothing'] as const).map((name) =>
      median(times.map((time) => time[name])).toFixed(0),
    );
    const note = `${ours} ms against ${published} ms, of which Node itself ${nothing} ms`;
    const measurement = `Loading and the first cron request, ${latencyMs} ms of latency, against loading the published stack`;
    figures.push(
      { measurement: `${measurement}: whole processes`, value: median(whole), unit: 'times the time', note },
      {
        measurement: `${measurement}: without the start of Node`,
        value: median(net),
        unit: 'times the time',
        target: { atMost: 0.2 },
        note,
      },
    );
  }
  const { size } = await stat(new URL('../../bundle.js', import.meta.url));
  figures.push({
    measurement: 'Size of the bundle',
    value: size / 1024 / 1024,
    unit: 'MB',
    target: { atMost: 1 },
  });
  return figures;
}
