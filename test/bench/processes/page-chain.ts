import { requestToken } from '../request-token';
import { serveOrders } from '../serve-orders';

/** The bare page chain: what any export by checkpoint has to wait for, and nothing else. */
const orders = {
  /** Follows the pages to their end; answers how long that took, without asking for the token. */
  follow: async (secrets: Record<string, string>) => {
    const domain = secrets.AUTH0_DOMAIN ?? '';
    const headers = { authorization: `Bearer ${await requestToken(secrets)}` };
    const api = `http://${domain}/api/v2/logs`;
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const oldest = (await (await fetch(`${api}?sort=date:1&per_page=1&page=0`, { headers })).json()) as {
      log_id: string;
    }[];
    let logs = oldest.length;
    for (let url = `${api}?from=${oldest[0]?.log_id}&take=100`; ; ) {
      const response = await fetch(url, { headers });
      const found = (await response.json()) as unknown[];
      if (found.length === 0) break;
      logs += found.length;
      url = /<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1] ?? '';
    }
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - begun, cpuMs: (user + system) / 1000, logs };
  },
};

export type PageChainOrders = typeof orders;

serveOrders(orders);
