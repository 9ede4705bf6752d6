import type { Figure } from '../figure';
import type { ExtensionOrders } from '../processes/extension';
import type { SandboxOrders } from '../processes/sandbox';
import { type Child, startChild } from '../start-child';
import { workload } from '../workload';

const FEW = 10_000;

/** What draining a backlog took, in MB. */
interface Drained {
  /** The most that was resident in the first run. */
  firstPeak: number;
  /** The most that was resident in all of them. */
  peak: number;
  /** What was in use after the last. */
  inUse: number;
}

/** Drains a backlog run after run in a process of its own. */
async function drain(logs: number, log: (text: string) => void): Promise<Drained> {
  const sandbox: Child<SandboxOrders> = startChild('sandbox');
  const { secrets } = await sandbox.ask('start', { ...workload, logs, users: 50_000 });
  const extension: Child<ExtensionOrders> = startChild('extension', ['--expose-gc']);
  await extension.ask('start', { secrets });
  const peaks: number[] = [];
  let read = 0;
  for (;;) {
    const { status, statusCode, peakMb } = await extension.ask('cron');
    if (statusCode !== 200) throw new Error(`A run ended with ${statusCode}: ${status.error?.message}`);
    read += status.logsRead;
    peaks.push(peakMb);
    log(`${read} of ${logs} logs, ${peakMb.toFixed(0)} MB`);
    if (!status.moreToCome) break;
  }
  const inUse = await extension.ask('inUse');
  await extension.stop();
  await sandbox.stop();
  // What a run has read and not delivered before its end, the next one reads again.
  if (read < logs) throw new Error(`${read} of ${logs} logs were read`);
  return { firstPeak: Math.min(...peaks), peak: Math.max(...peaks), inUse };
}

/**
 * Memory for a long backlog against a short one.
 *
 * @param many logs in the long one
 * @param log shows how far it is
 */
export async function memory(many: number, log: (text: string) => void): Promise<Figure[]> {
  const few = await drain(FEW, log);
  const most = await drain(many, log);
  const backlogs = `for a backlog of ${many.toLocaleString('en')} logs against ${FEW.toLocaleString('en')}`;
  return [
    {
      measurement: `Peak resident memory ${backlogs}`,
      value: most.peak / few.peak,
      unit: 'times as much',
      target: { atMost: 1.1 },
      note: `${most.peak.toFixed(0)} MB against ${few.peak.toFixed(0)} MB: a short process ends before Node's heap has grown to where it collects garbage`,
    },
    {
      measurement: `Peak resident memory for a backlog of ${many.toLocaleString('en')} logs against that of its first run`,
      value: most.peak / most.firstPeak,
      unit: 'times as much',
      note: `${most.peak.toFixed(0)} MB against ${most.firstPeak.toFixed(0)} MB after 22 s`,
    },
    {
      measurement: `Memory in use after the last run ${backlogs}`,
      value: most.inUse / few.inUse,
      unit: 'times as much',
      note: `${most.inUse.toFixed(0)} MB against ${few.inUse.toFixed(0)} MB`,
    },
  ];
}
