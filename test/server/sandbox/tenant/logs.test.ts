import { describe, expect, test } from 'vitest';
import { generateLogs } from '../../../../server/sandbox/tenant/generate-logs';
import type { TenantOptions } from '../../../../server/sandbox/tenant/tenant';
import type { TenantLog } from '../../../../server/sandbox/tenant/types';
import { managementClient } from '../management-client';
import { openSandbox } from '../open-sandbox';

async function openTenant(options: TenantOptions = {}) {
  const sandbox = await openSandbox({ tenant: options });
  return { tenant: sandbox.tenant, call: await managementClient(sandbox) };
}

const idsOf = (logs: readonly TenantLog[]) => logs.map(({ log_id }) => log_id);
const nextOf = (headers: Headers) => /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? 'none';

describe('GET /logs by checkpoint', () => {
  test('answers the logs after the checkpoint, page by page, to the last one', async () => {
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 251 }) });
    const read: string[] = [];
    let url = `logs?from=${tenant.logAt(0).log_id}&take=100`;
    const sizes: number[] = [];
    for (let page = 0; page < 4; page++) {
      const { body, headers } = await call<TenantLog[]>(url);
      read.push(...idsOf(body));
      sizes.push(body.length);
      url = nextOf(headers);
    }
    expect(sizes).toEqual([100, 100, 50, 0]);
    expect(read).toEqual(idsOf([...tenant.allLogs()]).slice(1));
  });

  test('names the same page as the next one when there is nothing newer, and answers it once there is', async () => {
    const { tenant, call } = await openTenant();
    const { log_id } = tenant.addLog();
    const first = await call(`logs?from=${log_id}&take=10`);
    const next = nextOf(first.headers);
    expect(next).toBe(`${tenant.url}/api/v2/logs?from=${log_id}&take=10`);
    const again = await call(next);
    expect([again.body, nextOf(again.headers)]).toEqual([[], next]);
    const added = tenant.addLog();
    expect((await call(next)).body).toEqual([added]);
  });

  test('takes 50 where nothing else is asked for, 100 at most', async () => {
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 120 }) });
    const from = tenant.logAt(0).log_id;
    expect((await call(`logs?from=${from}`)).body).toHaveLength(50);
    expect((await call(`logs?from=${from}&take=100`)).body).toHaveLength(100);
    expect((await call(`logs?from=${from}&take=101`)).status).toBe(400);
  });

  test('ignores every other parameter', async () => {
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 30 }) });
    const path = `logs?from=${tenant.logAt(0).log_id}&take=5`;
    const { body } = await call(`${path}&q=type:ss&sort=date:-1&per_page=999&page=99&include_totals=true`);
    expect(body).toEqual((await call(path)).body);
  });

  test.each([
    ['400' as const, 400],
    ['404' as const, 404],
  ])('answers %s for an id that it does not know, or no longer', async (unknownCheckpoint, status) => {
    const { tenant, call } = await openTenant({ unknownCheckpoint, logs: generateLogs({ count: 10 }) });
    const old = tenant.logAt(2).log_id;
    expect((await call(`logs?from=${old}`)).status).toBe(200);
    tenant.expireBefore(tenant.logAt(3).log_id);
    for (const from of [old, 'mistyped']) {
      expect(await call(`logs?from=${from}`)).toMatchObject({ status, body: { statusCode: status } });
    }
  });

  test('returns the retained logs after the place of an id that it does not know, unless configured otherwise', async () => {
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 10 }), retainFrom: 4 });
    const following = async (from: string) =>
      idsOf((await call<TenantLog[]>(`logs?from=${from}&take=2`)).body);
    const idAt = (position: number) => tenant.logAt(position).log_id;
    expect(await following(idAt(0))).toEqual([idAt(4), idAt(5)]);
    expect(await following('9002020')).toEqual([idAt(4), idAt(5)]);
    expect(await following(`${idAt(6)}0`)).toEqual([idAt(7), idAt(8)]);
    expect(await following('mistyped')).toEqual([]);
  });
});

const byDate = (one: TenantLog, other: TenantLog) => Date.parse(one.date) - Date.parse(other.date);

describe('GET /logs by search', () => {
  test('finds the logs of a moment or later, and refuses what it does not understand', async () => {
    const start = Date.parse('2026-03-01T12:00:00.000Z');
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 30, start, stepMs: 60_000 }) });
    const all = idsOf([...tenant.allLogs()].toSorted(byDate));
    const since = async (moment: string, more: string) =>
      idsOf((await call<TenantLog[]>(`logs?q=${encodeURIComponent(`date:[${moment} TO *]`)}&${more}`)).body);
    expect(await since('2026-03-01T12:09:30Z', 'sort=date:1&per_page=5')).toEqual(all.slice(10, 15));
    expect(await since('2026-03-01T12:26:59.800Z', 'sort=date:-1')).toEqual(all.slice(27).reverse());
    expect(await since('2020-01-01', 'sort=date:1&per_page=100')).toEqual(all);
    expect(await since('2026-03-01T13:00:00Z', 'sort=date:1')).toEqual([]);
    expect((await call('logs?q=type:s&sort=date:1')).status).toBe(400);
  });

  test('answers the oldest or the newest first', async () => {
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 30 }) });
    const all = [...tenant.allLogs()].toSorted(byDate);
    expect(idsOf(all)).not.toEqual(idsOf([...tenant.allLogs()]));
    expect((await call('logs?sort=date:1&per_page=10&page=1')).body).toEqual(all.slice(10, 20));
    expect((await call('logs?sort=date:-1&per_page=2')).body).toEqual(all.slice(-2).reverse());
    expect((await call('logs?sort=date:1&page=1')).body).toEqual([]);
  });

  test('reaches no further than 1,000 results', async () => {
    const { call } = await openTenant({ logs: generateLogs({ count: 2_000 }) });
    expect((await call('logs?sort=date:1&per_page=100&page=9')).body).toHaveLength(100);
    expect((await call('logs?sort=date:1&per_page=100&page=10')).status).toBe(400);
    expect((await call('logs?per_page=101')).status).toBe(400);
  });

  test('answers an object with totals where asked to', async () => {
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 12 }) });
    const { body } = await call('logs?sort=date:1&per_page=10&page=1&include_totals=true');
    const logs = [tenant.logAt(10), tenant.logAt(11)];
    expect(body).toEqual({ start: 10, limit: 10, length: 2, total: 12, logs });
  });

  test('finds only what is retained', async () => {
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 10 }) });
    tenant.expireBefore(tenant.logAt(7).log_id);
    const { body } = await call<TenantLog[]>('logs?sort=date:1');
    expect(body).toEqual([tenant.logAt(7), tenant.logAt(8), tenant.logAt(9)]);
  });
});

describe('GET /logs/{id}', () => {
  test('answers the log, and 404 once it is gone', async () => {
    const { tenant, call } = await openTenant({ logs: generateLogs({ count: 3 }) });
    const [first, second] = [tenant.logAt(0), tenant.logAt(1)];
    expect(await call(`logs/${first.log_id}`)).toMatchObject({ status: 200, body: first });
    tenant.expireBefore(second.log_id);
    expect(await call(`logs/${first.log_id}`)).toMatchObject({ status: 404, body: { statusCode: 404 } });
    expect((await call(`logs/${second.log_id}`)).status).toBe(200);
  });
});

describe('the tenant', () => {
  test('writes logs after the generated ones, in order even when they are dated before', async () => {
    const { tenant } = await openTenant({ logs: generateLogs({ count: 5, start: '2030-01-01' }) });
    const added = tenant.addLogs([
      { date: '2020-05-05T00:00:00.000Z' },
      { type: 'f' },
      { date: '2031-01-01' },
    ]);
    const all = [...tenant.allLogs()];
    expect(all.slice(5)).toEqual(added);
    expect(idsOf(all).toSorted()).toEqual(idsOf(all));
    expect([added[0]?.date, added[1]?.type, tenant.logCount]).toEqual(['2020-05-05T00:00:00.000Z', 'f', 8]);
  });

  test('gives a log its first user unless it says otherwise', async () => {
    const { tenant } = await openTenant({ users: [{ user_id: 'auth0|1' }] });
    expect(tenant.addLog().user_id).toBe('auth0|1');
    expect(tenant.addLog({ user_id: '' }).user_id).toBe('');
    expect('user_id' in (await openTenant()).tenant.addLog()).toBe(false);
  });

  test('keeps logs with ids of their own in the order of the ids, each once', async () => {
    const { tenant } = await openTenant();
    tenant.addLogs([{ log_id: '5' }, { log_id: '3' }, { log_id: '4' }]);
    expect(idsOf([...tenant.allLogs()])).toEqual(['3', '4', '5']);
    expect(() => tenant.addLog({ log_id: '4' })).toThrow('already');
    expect(tenant.addLog().log_id > '5').toBe(true);
    const generated = await openTenant({ logs: generateLogs({ count: 2 }) });
    expect(() => generated.tenant.addLog({ log_id: '1' })).toThrow('among generated');
  });

  test('takes logs as a list', async () => {
    const logs = [generateLogs({ count: 9 }).at(8), generateLogs({ count: 9 }).at(2)];
    const { tenant } = await openTenant({ logs });
    expect([...tenant.allLogs()]).toEqual(logs.toReversed());
    expect(() => tenant.logAt(2)).toThrow(RangeError);
  });

  test('lists sign-ups, logins and failed logins apart', async () => {
    const { tenant } = await openTenant({ logs: generateLogs({ count: 300 }) });
    tenant.addLogs([{ type: 'f' }, { type: 'fp' }]);
    const selected = [...tenant.allLogs()].filter(({ type }) => ['s', 'ss', 'f'].includes(type));
    expect([...tenant.selectedLogs()]).toEqual(selected);
  });

  test('holds a million logs without keeping them, and finds any at once', async () => {
    const logs = generateLogs({ count: 1_000_000, users: 50_000 });
    const { tenant, call } = await openTenant({ logs, retainFrom: logs.idAt(900_000) });
    const { body } = await call<TenantLog[]>(`logs?from=${logs.idAt(999_990)}&take=100`);
    expect(body).toEqual(Array.from({ length: 9 }, (_, index) => logs.at(999_991 + index)));
    const [oldest] = tenant.allLogs();
    expect(oldest).toEqual(logs.at(900_000));
    expect(tenant.userById(logs.users.idAt(49_999))).toBeDefined();
  });

  test('counts requests by endpoint and answers by status, and keeps them where asked to', async () => {
    const { tenant, call } = await openTenant({ recordRequests: true });
    tenant.faults.add({ endpoint: 'user', fault: { kind: 'refuse' } });
    await call('logs');
    await call('logs/1');
    await call('users');
    await call('users/1').catch(() => undefined);
    await call('clients/1', 'DELETE');
    await call('rules');
    await fetch(`${tenant.url}/elsewhere`);
    const { reset: _, ...counts } = tenant.requests;
    expect(counts).toMatchObject({
      token: 1,
      logs: 1,
      log: 1,
      'user-search': 1,
      user: 1,
      client: 1,
      other: 2,
      statuses: { 200: 3, 204: 1, 404: 3 },
    });
    expect(tenant.requestLog).toContainEqual({ method: 'GET', url: '/api/v2/logs/1', status: 404 });
    expect(tenant.requestLog).toContainEqual({ method: 'GET', url: '/api/v2/users/1', status: undefined });
    tenant.requests.reset();
    expect(tenant.requests.logs + tenant.requests.other).toBe(0);
    expect(tenant.requests.statuses).toEqual({});
  });
});
