import { type Sandbox, startSandbox } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { generateUsers } from '../../../server/sandbox/tenant/generate-users';
import type { Plan } from '../../../server/sandbox/tenant/rate-limits';
import { serveOrders } from '../serve-orders';

/** What a sandbox is started with. */
export interface SandboxSetup {
  logs: number;
  users: number;
  selectedShare: number;
  latencyMs: number;
  plan: Plan;
  compress: boolean;
}

/** What arrived at a sandbox. */
export interface Arrivals {
  token: number;
  pages: number;
  searches: number;
  singleLogs: number;
  singleUsers: number;
  /** Requests to the Management API that were returned 429. */
  refused: number;
  segmentRequests: number;
  /** Calls that Segment took. */
  accepted: number;
  /** Milliseconds of processor time that the sandbox took for it. */
  cpuMs: number;
}

let sandbox: Sandbox | undefined;
let cpu = process.cpuUsage();

function running(): Sandbox {
  if (!sandbox) throw new Error('The sandbox is not running');
  return sandbox;
}

const orders = {
  /** Starts it, and answers what a host passes to the extension and the id of the newest log. */
  start: async ({ logs, users, selectedShare, latencyMs, plan, compress }: SandboxSetup) => {
    await sandbox?.close();
    sandbox = await startSandbox({
      latencyMs,
      compress,
      tenant: {
        plan,
        logs: generateLogs({
          count: logs,
          users: generateUsers({ count: users }),
          selectedShare,
          withoutUserShare: 0.005,
        }),
      },
      segment: { keep: 'none' },
    });
    const { tenant } = sandbox;
    return {
      secrets: sandbox.secrets(),
      newest: logs > 0 ? tenant.logAt(logs - 1).log_id : null,
      selected: [...tenant.selectedLogs()].length,
    };
  },
  /** What arrived since the last time. */
  arrivals: (): Arrivals => {
    const { tenant, segment } = running();
    const { requests } = tenant;
    const { user, system } = process.cpuUsage(cpu);
    const arrivals = {
      token: requests.token,
      pages: requests.logs,
      searches: requests['user-search'],
      singleLogs: requests.log,
      singleUsers: requests.user,
      refused: requests.statuses[429] ?? 0,
      segmentRequests: segment.requests,
      accepted: segment.accepted,
      cpuMs: (user + system) / 1000,
    };
    cpu = process.cpuUsage();
    requests.reset();
    segment.reset();
    return arrivals;
  },
};

export type SandboxOrders = typeof orders;

serveOrders(orders);
