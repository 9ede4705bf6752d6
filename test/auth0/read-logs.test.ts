import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type LogPage, nextFrom } from '../../src/auth0/logs';
import { readLogs } from '../../src/auth0/read-logs';
import { startClients } from './start-clients';

/** What a page of the tenant is: its ids, and the id that its head names as the next one to ask from. */
interface Page {
  ids: string[];
  next?: string;
  /** Whether the connection is cut before the body has arrived. */
  isCut?: boolean;
}

/** A tenant whose bodies come when the test says so; where a page is asked for again, the next of a list is. */
function openTenant(pages: Record<string, Page | Page[]>) {
  const asked: string[] = [];
  const alerts: string[] = [];
  const bodies = new Map<string, (text?: string) => void>();
  const fetch = async (input: string | URL | Request) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.pathname === '/oauth/token')
      return Response.json({ access_token: 'a-token', expires_in: 86_400 });
    const from = url.searchParams.get('from') ?? '';
    asked.push(from);
    const page = [pages[from] ?? []].flat()[asked.filter((one) => one === from).length - 1];
    if (!page) return Response.json({ message: 'unknown' }, { status: 400 });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        bodies.set(from, (text) => {
          const logs = page.ids.map((log_id) => ({ log_id, type: 's', date: '2026-01-01T00:00:00.000Z' }));
          if (page.isCut) return controller.error(new TypeError('terminated'));
          controller.enqueue(new TextEncoder().encode(text ?? JSON.stringify(logs)));
          controller.close();
        });
      },
    });
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (page.next !== undefined)
      headers.link = `<https://tenant.example/api/v2/logs?from=${page.next}&take=100>; rel="next"`;
    return new Response(body, { headers });
  };
  const run = startClients({
    domain: 'tenant.example',
    clientId: 'client',
    clientSecret: 'a-client-secret',
    fetch: fetch as typeof globalThis.fetch,
  });
  return {
    asked,
    alerts,
    /** @param now when the reading began; by default long after all logs were written */
    read: (mayGoOn = () => true, now = Date.parse('2026-06-01T00:00:00.000Z')) =>
      readLogs('0', { ...run, now, mayGoOn, alert: (message) => alerts.push(message) }),
    /** Lets the body of the page asked from there arrive. */
    arrive: async (from: string, text?: string) => {
      await flush();
      bodies.get(from)?.(text);
      await flush();
    },
  };
}

async function flush(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

const idsOf = async (page: Promise<IteratorResult<{ logs: { id: string }[] }>>) => {
  const { done, value } = await page;
  return done ? 'the end' : value.logs.map(({ id }: { id: string }) => id);
};

/** Takes the next page, whose body arrives meanwhile. */
async function take(
  pages: AsyncGenerator<LogPage>,
  arrive: (from: string) => Promise<void>,
  from: string,
): Promise<string | string[]> {
  const page = idsOf(pages.next());
  await arrive(from);
  return page;
}

const chain: Record<string, Page> = {
  '0': { ids: ['1', '2'], next: '2' },
  '2': { ids: ['3', '4'], next: '4' },
  '4': { ids: [], next: '4' },
};

describe('the next page', () => {
  test('is asked for when the page that names it has arrived, before that is worked on', async () => {
    const { asked, read, arrive } = openTenant(chain);
    const pages = read();
    const first = pages.next();
    await flush();
    expect(asked).toEqual(['0']);
    await arrive('0');
    expect(asked).toEqual(['0', '2']);
    expect(await idsOf(first)).toEqual(['1', '2']);
    await pages.return(undefined);
  });

  test('is asked for no further ahead than that, however slow the taker', async () => {
    const { asked, read, arrive } = openTenant(chain);
    const pages = read();
    const first = pages.next();
    await arrive('0');
    await first;
    await arrive('2');
    expect(asked).toEqual(['0', '2']);
    await pages.return(undefined);
  });

  test('is not asked for after one that is not full and ends with a log written since the reading began', async () => {
    const begunBefore = Date.parse('2025-12-31T23:59:59.000Z');
    const { asked, alerts, read, arrive } = openTenant(chain);
    const pages = read(() => true, begunBefore);
    expect(await take(pages, arrive, '0')).toEqual(['1', '2']);
    expect(await idsOf(pages.next())).toBe('the end');
    expect([asked, alerts]).toEqual([['0'], []]);
    // A full one may be followed by as many logs as there are.
    const full = Array.from({ length: 100 }, (_, place) => String(100 + place));
    const long = openTenant({ '0': { ids: full, next: '199' }, '199': { ids: ['200'], next: '200' } });
    const rest = long.read(() => true, begunBefore);
    expect(await take(rest, long.arrive, '0')).toHaveLength(100);
    expect(await take(rest, long.arrive, '199')).toEqual(['200']);
    expect(await idsOf(rest.next())).toBe('the end');
    expect(long.asked).toEqual(['0', '199']);
  });

  test('that names itself is the end, and is not asked for again', async () => {
    const { asked, read, arrive } = openTenant(chain);
    const pages = read();
    const taken: unknown[] = [];
    for (const from of ['0', '2', '4']) taken.push(await take(pages, arrive, from));
    expect(taken).toEqual([['1', '2'], ['3', '4'], 'the end']);
    expect(asked).toEqual(['0', '2', '4']);
  });

  test.each([
    ['no head names it', {}],
    ['a page with logs names itself', { next: '0' }],
  ])('is asked for from the last log where %s', async (_, head) => {
    const { asked, read, arrive } = openTenant({ '0': { ids: ['1', '2'], ...head }, '2': { ids: [] } });
    const pages = read();
    expect(await take(pages, arrive, '0')).toEqual(['1', '2']);
    expect(await take(pages, arrive, '2')).toBe('the end');
    expect(asked).toEqual(['0', '2']);
  });

  test('is that which the answer names that was read, whatever one named whose body never came', async () => {
    const { asked, read, arrive } = openTenant({
      ...chain,
      '0': [
        { ids: [], next: '9', isCut: true },
        { ids: ['1', '2'], next: '2' },
      ],
    });
    const pages = read();
    const first = idsOf(pages.next());
    await arrive('0');
    await arrive('0');
    expect(await first).toEqual(['1', '2']);
    expect(await take(pages, arrive, '2')).toEqual(['3', '4']);
    expect(asked).toEqual(['0', '0', '2', '4']);
  });

  test('is not asked for once the reading is to end', async () => {
    const { asked, read, arrive } = openTenant(chain);
    const pages = read(() => false);
    expect(await take(pages, arrive, '0')).toEqual(['1', '2']);
    expect(await idsOf(pages.next())).toBe('the end');
    expect(asked).toEqual(['0']);
  });
});

describe('a chain that leads nowhere', () => {
  /** Reads to the end from a tenant whose bodies arrive at once. */
  async function readAll(page: (from: string) => Page) {
    const asked: string[] = [];
    const alerts: string[] = [];
    const read: string[] = [];
    const positions: string[] = [];
    const server = createServer((request, response) => {
      const from = new URL(request.url ?? '', 'http://tenant').searchParams.get('from');
      response.setHeader('content-type', 'application/json');
      if (from === null) {
        response.end(JSON.stringify({ access_token: 'a-token', expires_in: 86_400 }));
        return;
      }
      asked.push(from);
      const { ids, next } = page(from);
      if (next !== undefined)
        response.setHeader('link', `<http://tenant.example/api/v2/logs?from=${next}&take=100>; rel="next"`);
      response.end(
        JSON.stringify(ids.map((log_id) => ({ log_id, type: 's', date: '2026-01-01T00:00:00Z' }))),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const domain = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = startClients({ domain, clientId: 'client', clientSecret: 'a-client-secret' });
    const alert = (message: string) => alerts.push(message);
    const options = { ...run, now: Date.now(), mayGoOn: () => asked.length < 1_000, alert };
    for await (const { logs, position } of readLogs('10', options)) {
      read.push(...logs.map(({ id }) => id));
      if (position !== undefined) positions.push(position);
    }
    return { asked, alerts, read, positions };
  }

  test('is followed over a hundred empty pages that each name a later one, and yields their positions', async () => {
    const last = 1_110;
    const { asked, alerts, read, positions } = await readAll((from) => {
      if (from === '10') return { ids: [], next: '1001' };
      if (Number(from) < last) return { ids: [], next: String(Number(from) + 1) };
      return from === String(last) ? { ids: ['2000'], next: '2000' } : { ids: [], next: from };
    });
    expect(read).toEqual(['2000']);
    expect(positions).toEqual(asked.slice(1, -1));
    expect(positions).toHaveLength(110);
    expect(alerts).toEqual([]);
  });

  test('ends at an id that is longer than any log id', async () => {
    const { asked, positions } = await readAll((from) => ({ ids: [], next: `${from}0` }));
    expect(asked.at(-1)).toHaveLength(128);
    expect(positions.at(-1)).toHaveLength(128);
  });

  test('yields no position for an empty page that names an id before the last log', async () => {
    const pages: Record<string, Page> = {
      '10': { ids: ['11', '15'], next: '12' },
      '12': { ids: ['15'], next: '13' },
      '13': { ids: [], next: '20' },
    };
    const { read, positions } = await readAll((from) => pages[from] ?? { ids: [], next: from });
    expect(read).toEqual(['11', '15']);
    expect(positions).toEqual(['20']);
  });

  test('of two pages that name each other ends after one repeat, with a warning', async () => {
    const { asked, alerts, read } = await readAll((from) =>
      from === '10' ? { ids: ['11', '12'], next: '12' } : { ids: ['11', '12'], next: '10' },
    );
    expect(read).toEqual(['11', '12']);
    expect(asked).toEqual(['10', '12']);
    expect(alerts).toEqual([expect.stringContaining('leads nowhere')]);
  });

  test('of two empty pages that name each other ends after one repeat, with a warning', async () => {
    const { asked, alerts } = await readAll((from) => ({ ids: [], next: from === '10' ? '12' : '10' }));
    expect(asked).toEqual(['10', '12']);
    expect(alerts).toHaveLength(1);
  });

  test('because every answer is the same ends after one repeat, with a warning', async () => {
    const { asked, alerts, read } = await readAll(() => ({ ids: ['11', '12'], next: '12' }));
    expect(read).toEqual(['11', '12']);
    expect(asked).toEqual(['10', '12']);
    expect(alerts).toHaveLength(1);
  });

  test('is none where an empty page names a later log: the reading moves on to it', async () => {
    const pages: Record<string, Page> = {
      '10': { ids: ['11'], next: '11' },
      '11': { ids: [], next: '20' },
      '20': { ids: ['21'], next: '21' },
    };
    const { asked, alerts, read } = await readAll((from) => pages[from] ?? { ids: [], next: from });
    expect(read).toEqual(['11', '21']);
    expect(asked).toEqual(['10', '11', '20', '21']);
    expect(alerts).toEqual([]);
  });
});

test('a page that fails is an error in its place', async () => {
  const { read, arrive } = openTenant({ ...chain, '2': { ids: ['3'], next: '9' } });
  const pages = read();
  expect(await take(pages, arrive, '0')).toEqual(['1', '2']);
  expect(await take(pages, arrive, '2')).toEqual(['3']);
  await expect(pages.next()).rejects.toMatchObject({ statusCode: 400 });
});

test.each([
  ['<https://t.example/api/v2/logs?from=123&take=100>; rel="next"', '123'],
  [
    '<https://t.example/api/v2/logs?from=1>; rel="prev", <https://t.example/api/v2/logs?from=2>; rel="next"',
    '2',
  ],
  ['<https://t.example/api/v2/logs?from=7>;rel=next', '7'],
  ['<https://t.example/api/v2/logs?page=2>; rel="next"', undefined],
  ['<not an address>; rel="next"', undefined],
  ['', undefined],
  [null, undefined],
])('a Link header %j names %j', (link, next) => {
  expect(nextFrom(link)).toBe(next);
});
