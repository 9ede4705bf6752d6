import { serveOrders } from '../serve-orders';

async function requestToken(domain: string, secrets: Record<string, string>): Promise<string> {
  const response = await fetch(`http://${domain}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: secrets.AUTH0_CLIENT_ID,
      client_secret: secrets.AUTH0_CLIENT_SECRET,
      audience: `https://${domain}/api/v2/`,
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

/** The bare page chain: what any export by checkpoint has to wait for, and nothing else. */
const orders = {
  /** Follows the pages to their end; answers how long that took, without asking for the token. */
  follow: async (secrets: Record<string, string>) => {
    const domain = secrets.AUTH0_DOMAIN ?? '';
    const headers = { authorization: `Bearer ${await requestToken(domain, secrets)}` };
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
