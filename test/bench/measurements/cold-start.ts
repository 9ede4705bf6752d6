import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import type { Figure } from '../figure';
import { median } from '../median';
import type { SandboxOrders } from '../processes/sandbox';
import { quietMachine } from '../quiet-machine';
import { type Child, startChild } from '../start-child';
import { workload } from '../workload';

const TIMES = 15;

/** What the processes are given; a machine's own certificates would make every start of Node slower. */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

/** Starts a process and waits until it says that it is done; what its end takes is not counted. */
async function timeOf(file: string, input: object): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, [new URL(file, import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...environment, NODE_NO_WARNINGS: '1', COLD_START: JSON.stringify(input) },
  });
  const exit = once(child, 'exit');
  let ms = 0;
  child.stdout.on('data', (text: Buffer) => {
    if (text.toString().endsWith('done')) ms = performance.now() - begun;
  });
  const [code] = (await exit) as [number];
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return ms;
}

/**
 * Whole processes in turn: one that loads the bundle and answers its first cron request, of a tenant where
 * nothing is new, one that only loads the published stack, one that makes the same two requests with Node's own
 * fetch alone, and one that does nothing.
 */
export async function coldStart(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const latencyMs of [30, 0]) {
    const sandbox: Child<SandboxOrders> = startChild('sandbox');
    const input = await sandbox.ask('start', { ...workload, logs: 100, users: 10, latencyMs });
    const times: Record<'ours' | 'published' | 'requests' | 'nothing', number>[] = [];
    await quietMachine();
    for (let time = 0; time <= TIMES; time += 1) {
      const ours = await timeOf('./processes/first-cron.mjs', input);
      const published = await timeOf('./processes/load-published.mjs', input);
      const requests = await timeOf('./processes/bare-requests.mjs', input);
      const nothing = await timeOf('./processes/load-nothing.mjs', input);
      // The first of each fills the file system's cache.
      if (time > 0) times.push({ ours, published, requests, nothing });
    }
    await sandbox.stop();
    const whole = times.map(({ ours, published }) => ours / published);
    const net = times.map(({ ours, published, nothing }) => (ours - nothing) / (published - nothing));
    const ms = (name: keyof (typeof times)[number]) => median(times.map((time) => time[name])).toFixed(0);
    const note = `${ms('ours')} ms against ${ms('published')} ms; Node itself takes ${ms('nothing')} ms, and ${ms('requests')} ms with the run's two requests alone`;
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
    target: { atMost: 2 },
  });
  return figures;
}
