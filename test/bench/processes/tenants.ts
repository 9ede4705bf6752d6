import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { declarationsOf, startTenants } from '../../support/start-tenants';
import { serveOrders } from '../serve-orders';

/** What the tenants are started with. */
export interface TenantsSetup {
  /** Tenants in which somebody logs in now and then. */
  healthy: number;
  /** Whether there is one more that answers no request, and one with a backlog of this many logs. */
  faulty?: { backlog: number };
  latencyMs: number;
}

const USERS = 20;
/** A tenant's first logs, so that its first run has something to do. */
const FIRST_LOGS = 5;

let login: (times: number) => void = () => {};

const orders = {
  /** Starts them, and answers how they are declared: the healthy ones first, then the hanging one and the backlog. */
  start: async ({ healthy, faulty, latencyMs }: TenantsSetup) => {
    const now = Date.now();
    const running = await startTenants({
      count: healthy + (faulty ? 2 : 0),
      logs: (index) => {
        const count = index > healthy ? (faulty?.backlog ?? 0) : FIRST_LOGS;
        return generateLogs({ count, users: USERS, seed: index, start: now - count * 1_000 });
      },
      latencyMs,
      keep: 'none',
    });
    const { tenants } = running;
    if (faulty) {
      tenants[healthy]?.sandbox.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } });
    }
    login = (times) => {
      for (const { sandbox } of tenants.slice(0, healthy)) {
        for (let time = 0; time < times; time += 1) sandbox.addLog();
      }
    };
    return declarationsOf(running);
  },
  /** Somebody logs in to each healthy tenant, so many times. */
  login: (times: number) => login(times),
};

export type TenantsOrders = typeof orders;

serveOrders(orders);
