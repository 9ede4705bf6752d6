import { describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../server/sandbox/http/faults';
import { toUserQueries, UserSearch } from '../../src/auth0/user-search';
import type { ExportError } from '../../src/errors';
import { idsFrom, openUserLookup } from './open-user-lookup';
import { startClients } from './start-clients';

const ALWAYS = { endpoint: 'user-search', times: Number.POSITIVE_INFINITY };
const UNAVAILABLE: Fault = { kind: 'status', status: 503, headers: { 'retry-after': '5' } };
const html = '<html><body>Something else lives here</body></html>';

describe('a search that fails', () => {
  test.each<[string, Fault]>([
    ['400', { kind: 'status', status: 400, body: '{"message":"malformed"}' }],
    ['404', { kind: 'status', status: 404, body: '{}' }],
    ['408', { kind: 'status', status: 408 }],
    ['413', { kind: 'status', status: 413 }],
    ['414', { kind: 'status', status: 414 }],
    ['418', { kind: 'status', status: 418 }],
    ['429', { kind: 'status', status: 429 }],
    ['500', { kind: 'status', status: 500 }],
    ['502 in HTML', { kind: 'status', status: 502, body: html, contentType: 'text/html' }],
    ['503', UNAVAILABLE],
    ['a redirect', { kind: 'status', status: 302, headers: { location: '/elsewhere' } }],
    ['HTML with 200', { kind: 'body', body: html, contentType: 'text/html' }],
    ['JSON that breaks off', { kind: 'body', body: '[{"user_id":' }],
    ['an object', { kind: 'body', body: '{"hello":"world"}' }],
    ['users without an id', { kind: 'body', body: '[{}]' }],
    ['nothing', { kind: 'body', body: '' }],
    ['a reset', { kind: 'refuse' }],
    ['a cut answer', { kind: 'cut' }],
    ['a late cut', { kind: 'afterwards-cut' }],
  ])('with %s each time leaves its users to lookups by id', async (_what, fault) => {
    const { startRun, requests, sandbox } = await openUserLookup();
    sandbox.tenant.faults.add({ ...ALWAYS, fault });
    expect((await startRun()(idsFrom(0, 12))).size).toBe(12);
    // One search and its halves; three tries of one for the rate limit.
    expect(requests()).toEqual({ searches: 3, singles: 12 });
  });

  test('once is replaced by its halves', async () => {
    const { startRun, requests, sandbox } = await openUserLookup();
    sandbox.tenant.faults.add({ endpoint: 'user-search', fault: UNAVAILABLE });
    expect((await startRun()(idsFrom(0, 50))).size).toBe(50);
    expect(requests()).toEqual({ searches: 3, singles: 0 });
  });

  test('with one of its halves is split once more', async () => {
    const { startRun, requests, sandbox } = await openUserLookup();
    sandbox.tenant.faults.add({ endpoint: 'user-search', times: 2, fault: UNAVAILABLE });
    expect((await startRun()(idsFrom(0, 50))).size).toBe(50);
    expect(requests()).toEqual({ searches: 5, singles: 0 });
  });

  test('is not split for fewer than five users', async () => {
    const { startRun, requests, sandbox } = await openUserLookup();
    sandbox.tenant.faults.add({ ...ALWAYS, fault: UNAVAILABLE });
    expect((await startRun()(idsFrom(0, 4))).size).toBe(4);
    expect(requests()).toEqual({ searches: 1, singles: 4 });
  });

  test('is split into no search of fewer than five users', async () => {
    const { startRun, requests, sandbox } = await openUserLookup();
    sandbox.tenant.faults.add({ ...ALWAYS, fault: UNAVAILABLE });
    expect((await startRun()(idsFrom(0, 8))).size).toBe(8);
    expect(requests()).toEqual({ searches: 1, singles: 8 });
  });

  test('is not retried, and waits for nothing', async () => {
    const { startRun, sandbox, clocks } = await openUserLookup();
    sandbox.tenant.faults.add({ ...ALWAYS, fault: UNAVAILABLE });
    await startRun()(idsFrom(0, 12));
    expect(clocks[0]?.asked).toEqual([]);
  });

  test('because of an auth problem fails the lookup', async () => {
    const { startRun, requests, sandbox } = await openUserLookup();
    sandbox.tenant.faults.add({ ...ALWAYS, fault: { kind: 'status', status: 403, body: '{}' } });
    await expect(startRun()(idsFrom(0, 12))).rejects.toMatchObject({ code: 'auth0_forbidden' });
    expect(requests()).toEqual({ searches: 1, singles: 0 });
  });
});

describe('searches that keep failing', () => {
  test('are not tried for a minute, and reported once', async () => {
    const { startRun, requests, sandbox, pauses, clocks } = await openUserLookup();
    sandbox.tenant.faults.add({ ...ALWAYS, fault: UNAVAILABLE });
    const findUsers = startRun(240_000);
    await findUsers(idsFrom(0, 50));
    expect(pauses).toMatchObject([{ code: 'auth0_unavailable', reason: expect.stringContaining('503') }]);
    requests();
    expect((await findUsers(idsFrom(50, 100))).size).toBe(100);
    expect(requests()).toEqual({ searches: 0, singles: 100 });

    sandbox.tenant.faults.clear();
    await clocks[0]?.advance(60_000);
    expect((await findUsers(idsFrom(150, 50))).size).toBe(50);
    expect(requests()).toEqual({ searches: 1, singles: 0 });
    expect(pauses).toHaveLength(1);
  });

  test('with a success between them are tried again', async () => {
    const { startRun, requests, sandbox, pauses } = await openUserLookup();
    const findUsers = startRun();
    for (let batch = 0; batch < 5; batch += 1) {
      sandbox.tenant.faults.add({ endpoint: 'user-search', fault: UNAVAILABLE });
      await findUsers(idsFrom(batch * 50, 50));
      expect(requests()).toEqual({ searches: 3, singles: 0 });
    }
    expect(pauses).toEqual([]);
  });
});

test('a search without an answer ends after four seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let searches = 0;
    const fetch = async (input: string | URL | Request, init?: RequestInit) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname === '/oauth/token') return Response.json({ access_token: 'a-token', expires_in: 86_400 });
      searches += 1;
      return new Promise<Response>((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    };
    const credentials = { domain: 'tenant.example', clientId: 'client', clientSecret: 'a-client-secret' };
    const { bestEffort, clock } = startClients({ ...credentials, fetch: fetch as typeof globalThis.fetch });
    const pauses: ExportError[] = [];
    const search = new UserSearch({
      users: bestEffort.users,
      clock,
      read: (user) => user,
      onPause: (failure) => pauses.push(failure),
    });
    const found = Promise.all(toUserQueries(idsFrom(0, 50)).map((query) => search.find(query)));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(searches).toBe(3);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await found).toEqual([new Map()]);
    expect(searches).toBe(3);
    expect(pauses).toMatchObject([{ reason: expect.stringContaining('no answer in time') }]);
  } finally {
    vi.useRealTimers();
  }
});
