import type { Figure } from '../figure';
import { median } from '../median';
import type { ExtensionOrders } from '../processes/extension';
import type { PageChainOrders } from '../processes/page-chain';
import type { SandboxOrders } from '../processes/sandbox';
import { processorTime } from '../processor-time';
import { quietMachine } from '../quiet-machine';
import { type Child, startChild } from '../start-child';
import { workload } from '../workload';

const LOGS = workload.logs;
const MOST_TRIES = 10;
/** A run is repeated where others worked on the machine for longer than this meanwhile. */
const MOST_FOREIGN_MS = 1_500;

/** What the measurements after this one are compared with. */
export interface Export {
  figures: Figure[];
  /** Selected logs delivered in a second. */
  selectedPerSecond: number;
}

/**
 * The whole export against the bare page chain, in turn, each in a process of its own.
 *
 * @param compress whether the sandbox compresses its answers, as Auth0 does; on this machine that takes the
 *   processor from the exporter that is being measured
 * @param wanted pairs to take the middle of
 */
export async function exportAgainstPageChain(compress: boolean, wanted: number): Promise<Export> {
  const sandbox: Child<SandboxOrders> = startChild('sandbox');
  const { secrets, selected } = await sandbox.ask('start', { ...workload, compress });
  const pairs: { chainMs: number; exportMs: number; cpuMs: number; foreignMs: number }[] = [];
  let counted = await sandbox.ask('arrivals');
  let batches = 0;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    await quietMachine();
    const before = processorTime();
    const chain: Child<PageChainOrders> = startChild('page-chain');
    const floor = await chain.ask('follow', secrets);
    await chain.stop();
    const floorArrivals = await sandbox.ask('arrivals');
    const extension: Child<ExtensionOrders> = startChild('extension');
    await extension.ask('start', { secrets });
    const run = await extension.ask('cron');
    await extension.stop();
    const worked = processorTime() - before;
    counted = await sandbox.ask('arrivals');
    if (run.status.logsRead !== LOGS || floor.logs !== LOGS || run.statusCode !== 200) {
      throw new Error(`The export read ${run.status.logsRead} logs and ended with ${run.statusCode}`);
    }
    batches = run.status.batches;
    pairs.push({
      chainMs: floor.ms,
      exportMs: run.ms,
      cpuMs: run.cpuMs,
      foreignMs: worked - run.cpuMs - floor.cpuMs - counted.cpuMs - floorArrivals.cpuMs,
    });
    if (pairs.filter(({ foreignMs }) => foreignMs < MOST_FOREIGN_MS).length === wanted) break;
  }
  await sandbox.stop();
  const calm = pairs.sort((a, b) => a.foreignMs - b.foreignMs).slice(0, wanted);
  const disturbed = calm.filter(({ foreignMs }) => foreignMs >= MOST_FOREIGN_MS).length;
  const of = compress ? 'answers compressed' : 'answers not compressed';
  const note = `middle of ${calm.length} pairs${disturbed > 0 ? `, ${disturbed} of them disturbed by other work on the machine` : ''}`;
  const thousands = LOGS / 1_000;
  const figures: Figure[] = [
    {
      measurement: `Export of 20,000 logs against the bare page chain, ${of}`,
      value: median(calm.map(({ chainMs, exportMs }) => exportMs / chainMs)),
      unit: 'times the time',
      target: { atMost: 1.1 },
      note,
    },
  ];
  if (compress) {
    figures.push(
      {
        measurement: 'Pages and single logs asked for, per 1,000 logs',
        value: (counted.pages + counted.singleLogs - 2) / thousands,
        unit: 'calls',
        target: { atMost: 10 },
        note: 'without the search for the oldest log and the empty page that ends the chain',
      },
      {
        measurement: 'User searches and single lookups, per 1,000 logs',
        value: (counted.searches + counted.singleUsers) / thousands,
        unit: 'calls',
        target: { atMost: 14 },
        note: `${counted.searches} searches, ${counted.singleUsers} users that the search does not know`,
      },
      {
        measurement: 'Tokens asked for in a run',
        value: counted.token,
        unit: 'calls',
        target: { atMost: 1 },
      },
      {
        measurement: 'Segment requests per batch',
        value: counted.segmentRequests / batches,
        unit: 'requests',
        target: { atMost: 1 },
      },
      {
        measurement: 'Processor time of the exporter per 1,000 logs',
        value: median(calm.map(({ cpuMs }) => cpuMs)) / thousands,
        unit: 'ms',
      },
    );
  }
  return { figures, selectedPerSecond: (selected * 1_000) / median(calm.map(({ exportMs }) => exportMs)) };
}
