import { peakMemory } from '../peak-memory';
import { serveOrders } from '../serve-orders';
import { type Host, startHost } from '../start-host';

let host: Host | undefined;

const orders = {
  start: ({ secrets, state }: { secrets: Record<string, string>; state?: object }) => {
    host = startHost(secrets, state);
  },
  /** One execution, how long it took and what it cost. */
  cron: async () => {
    if (!host) throw new Error('The host is not running');
    const cpuBefore = process.cpuUsage();
    const begun = performance.now();
    const { statusCode, status } = await host.trigger();
    const ms = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { statusCode, status, ms, cpuMs: (user + system) / 1000, peakMb: peakMemory() };
  },
  /** What is still in use once everything that is not has been collected, in MB; needs `--expose-gc`. */
  inUse: () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 1024 / 1024;
  },
};

export type ExtensionOrders = typeof orders;

serveOrders(orders);
