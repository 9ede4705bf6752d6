import type { Figure } from '../figure';
import type { ExtensionOrders } from '../processes/extension';
import type { SandboxOrders } from '../processes/sandbox';
import { quietMachine } from '../quiet-machine';
import { type Child, startChild } from '../start-child';
import { workload } from '../workload';

/** Seconds that a run has, unless its host says otherwise. */
const RUN_SECONDS = 22;
const FREE_RUNS = 3;

async function runsUnder(plan: 'essentials' | 'free', runs: number) {
  const sandbox: Child<SandboxOrders> = startChild('sandbox');
  const { secrets } = await sandbox.ask('start', { ...workload, plan });
  await quietMachine();
  const extension: Child<ExtensionOrders> = startChild('extension');
  await extension.ask('start', { secrets });
  const results: { pages: number; refused: number; processed: number; ms: number }[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { statusCode, status, ms } = await extension.ask('cron');
    if (statusCode !== 200) throw new Error(`A run under ${plan} ended with ${statusCode}`);
    const { pages, refused } = await sandbox.ask('arrivals');
    results.push({ pages, refused, processed: status.logsProcessed, ms });
  }
  await extension.stop();
  await sandbox.stop();
  return results;
}

/** What runs make of the limits of two subscriptions; each run lasts as long as it may. */
export async function rateLimitedRuns(): Promise<Figure[]> {
  const permitted = Math.floor(10 + (RUN_SECONDS * 100) / 60);
  const [essentials] = await runsUnder('essentials', 1);
  const free = await runsUnder('free', FREE_RUNS);
  if (!essentials) throw new Error('No run');
  const processed = free.map((run) => run.processed);
  return [
    {
      measurement: 'Essentials: pages read in one run, of those that the limit permits',
      value: (100 * essentials.pages) / permitted,
      unit: '%',
      target: { atLeast: 95 },
      note: `${essentials.pages} of ${permitted} in ${RUN_SECONDS} s; the run took ${(essentials.ms / 1_000).toFixed(1)} s`,
    },
    {
      measurement: 'Essentials: answers 429 in that run',
      value: essentials.refused,
      unit: 'answers',
      target: { atMost: 1 },
    },
    {
      measurement: 'Free: fewest selected logs delivered in a run',
      value: Math.min(...processed),
      unit: 'logs',
      target: { atLeast: 1 },
      note: `${processed.join(', ')} in ${FREE_RUNS} runs in a row`,
    },
    {
      measurement: 'Free: most answers 429 in a run',
      value: Math.max(...free.map(({ refused }) => refused)),
      unit: 'answers',
      target: { atMost: 3 },
    },
  ];
}
