import type { Figure } from '../figure';
import type { ExtensionOrders } from '../processes/extension';
import type { SandboxOrders } from '../processes/sandbox';
import { type Child, startChild } from '../start-child';

const FEW = 10_000;

/** Drains a backlog run after run in a process of its own; answers the most memory it had resident, in MB. */
async function peakFor(logs: number, log: (text: string) => void): Promise<number> {
  const sandbox: Child<SandboxOrders> = startChild('sandbox');
  const { secrets } = await sandbox.ask('start', {
    logs,
    users: 50_000,
    selectedShare: 0.6,
    latencyMs: 0,
    plan: 'unlimited',
    compress: true,
  });
  const extension: Child<ExtensionOrders> = startChild('extension');
  await extension.ask('start', { secrets });
  let read = 0;
  let peak = 0;
  for (;;) {
    const { status, statusCode, peakMb } = await extension.ask('cron');
    if (statusCode !== 200) throw new Error(`A run ended with ${statusCode}: ${status.error?.message}`);
    read += status.logsRead;
    peak = peakMb;
    log(`${read} of ${logs} logs, ${peak.toFixed(0)} MB`);
    if (!status.moreToCome) break;
  }
  await extension.stop();
  await sandbox.stop();
  if (read !== logs) throw new Error(`${read} of ${logs} logs were read`);
  return peak;
}

/**
 * Peak resident memory for a long backlog against a short one.
 *
 * @param many logs in the long one
 * @param log shows how far it is
 */
export async function memory(many: number, log: (text: string) => void): Promise<Figure[]> {
  const few = await peakFor(FEW, log);
  const most = await peakFor(many, log);
  return [
    {
      measurement: `Peak memory for a backlog of ${many.toLocaleString('en')} logs against ${FEW.toLocaleString('en')}`,
      value: most / few,
      unit: 'times as much',
      target: { atMost: 1.1 },
      note: `${most.toFixed(0)} MB against ${few.toFixed(0)} MB`,
    },
  ];
}
