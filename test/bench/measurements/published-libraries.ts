import type { Figure } from '../figure';
import type { PublishedOrders } from '../processes/published';
import type { SandboxOrders } from '../processes/sandbox';
import { quietMachine } from '../quiet-machine';
import { type Child, startChild } from '../start-child';
import { workload } from '../workload';

/**
 * The export against the published libraries on the same tenant. They are slower by so much that a slice is
 * measured: one run of 22 s, or the one batch that it takes longer for. Their pace is the same from batch to
 * batch.
 *
 * @param selectedPerSecond of the export
 */
export async function publishedLibraries(selectedPerSecond: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { as, setup, target } of [
    {
      as: 'repaired with flushAt 1, BATCH_SIZE 100',
      setup: { flushAt: 1, batchSize: 100 },
      target: { atLeast: 15 },
    },
    { as: 'as published, BATCH_SIZE 20', setup: { batchSize: 20 } },
  ]) {
    const sandbox: Child<SandboxOrders> = startChild('sandbox');
    const { secrets } = await sandbox.ask('start', workload);
    await quietMachine();
    const published: Child<PublishedOrders> = startChild('published');
    const { ms, processed } = await published.ask('run', { secrets, ...setup });
    await published.stop();
    await sandbox.stop();
    figures.push({
      measurement: `Logs per second against the published libraries, ${as}`,
      value: selectedPerSecond / ((processed * 1_000) / ms),
      unit: 'times as many',
      ...(target ? { target } : {}),
      note: `from a slice: theirs took ${processed} selected logs in ${(ms / 1_000).toFixed(1)} s`,
    });
  }
  return figures;
}
