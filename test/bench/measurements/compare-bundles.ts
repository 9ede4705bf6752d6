import { resolve } from 'node:path';
import type { Plan } from '../../../server/sandbox/tenant/rate-limits';
import type { Figure } from '../figure';
import { median } from '../median';
import type { ExtensionOrders } from '../processes/extension';
import type { SandboxOrders } from '../processes/sandbox';
import { type Child, startChild } from '../start-child';
import { workload } from '../workload';

/**
 * What exports by several bundles cost, in turn so that whatever else the machine does meets all of them: how a
 * decision about the code is found out to be worth it.
 *
 * @param bundles paths; the first is what the others are compared with
 * @param plans whose rate limits the tenant has
 * @param rounds exports by each, under each plan
 */
export async function compareBundles(
  bundles: readonly string[],
  plans: readonly Plan[],
  rounds: number,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const plan of plans) {
    const runs = bundles.map((bundle) => ({ bundle, cpuMs: [] as number[], ms: [] as number[] }));
    for (let round = 0; round < rounds; round += 1) {
      for (const { bundle, cpuMs, ms } of runs) {
        const sandbox: Child<SandboxOrders> = startChild('sandbox');
        const { secrets } = await sandbox.ask('start', { ...workload, plan });
        const extension: Child<ExtensionOrders> = startChild('extension', [], { BUNDLE: resolve(bundle) });
        // No plan's limits are to end it early.
        await extension.ask('start', { secrets: { ...secrets, MAX_RUN_SECONDS: '120' } });
        const run = await extension.ask('cron');
        await extension.stop();
        await sandbox.stop();
        if (run.statusCode !== 200 || run.status.logsRead !== workload.logs) {
          throw new Error(`${bundle} read ${run.status.logsRead} logs under ${plan}: ${run.statusCode}`);
        }
        cpuMs.push(run.cpuMs);
        ms.push(run.ms);
        console.error(
          `${plan} ${bundle}: ${run.cpuMs.toFixed(0)} ms of processor time in ${run.ms.toFixed(0)} ms`,
        );
      }
    }
    for (const { bundle, cpuMs, ms } of runs) {
      const first = runs[0] ?? { cpuMs, ms };
      figures.push(
        {
          measurement: `${plan}: processor time of ${bundle}`,
          value: median(cpuMs) / median(first.cpuMs),
          unit: 'times the first',
          note: `${((median(cpuMs) / workload.logs) * 1_000).toFixed(1)} ms per 1,000 logs`,
        },
        {
          measurement: `${plan}: time of ${bundle}`,
          value: median(ms) / median(first.ms),
          unit: 'times the first',
          note: `${(median(ms) / 1_000).toFixed(2)} s`,
        },
      );
    }
  }
  return figures;
}
