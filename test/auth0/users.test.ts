import { describe, expect, test } from 'vitest';
import type { WantedUser } from '../../src/auth0/users';
import { useTimeZone } from '../support/use-time-zone';
import { idsFrom, openUserLookup as open, users } from './open-user-lookup';

describe('users that the search knows', () => {
  test('come fifty with one search, whatever is in their ids', async () => {
    const { startRun, requests } = await open();
    const ids = idsFrom(0, 120);
    expect(ids.some((id) => id.includes('"'))).toBe(true);
    expect(ids.some((id) => id.includes('\\'))).toBe(true);
    expect(ids.some((id) => id.includes(' '))).toBe(true);
    expect(ids.some((id) => id.includes('日本語'))).toBe(true);
    const found = await startRun()(ids);
    expect([...found.keys()].sort()).toEqual([...ids].sort());
    for (const [id, user] of found) expect(user).toEqual(users.find(id));
    expect(requests()).toEqual({ searches: 3, singles: 0 });
  });

  test('are asked for once, however often a batch names them', async () => {
    const { startRun, requests, lookedUp } = await open();
    const [id = ''] = idsFrom(0, 1);
    const found = await startRun()([id, id, id]);
    expect([...found.keys()]).toEqual([id]);
    expect(requests()).toEqual({ searches: 1, singles: 0 });
    expect(lookedUp).toEqual([1]);
  });

  test('are asked for once by batches that are under way at the same time', async () => {
    const { startRun, requests, lookedUp } = await open();
    const findUsers = startRun();
    const [first, second] = await Promise.all([findUsers(idsFrom(0, 30)), findUsers(idsFrom(10, 30))]);
    expect([...first.keys()].sort()).toEqual(idsFrom(0, 30).sort());
    expect([...second.keys()].sort()).toEqual(idsFrom(10, 30).sort());
    expect(requests()).toEqual({ searches: 2, singles: 0 });
    expect(lookedUp).toEqual([30, 10]);
  });

  test('are not asked for again by later batches, nor by later runs of a warm process', async () => {
    const { startRun, requests } = await open();
    await startRun()(idsFrom(0, 20));
    requests();
    const found = await startRun()(idsFrom(0, 20));
    expect(found.size).toBe(20);
    expect(requests()).toEqual({ searches: 0, singles: 0 });
  });

  test('are asked for again once the cache has let them go', async () => {
    const { startRun, requests, cache, sandbox } = await open();
    const [id = ''] = idsFrom(0, 1);
    const findUsers = startRun();
    await findUsers([id]);
    cache.clear();
    sandbox.tenant.setUser({ ...(users.find(id) ?? { user_id: id }), name: 'New Name' });
    requests();
    expect((await findUsers([id])).get(id)).toMatchObject({ name: 'New Name' });
    expect(requests()).toEqual({ searches: 1, singles: 0 });
  });

  test('nobody takes no request', async () => {
    const { startRun, requests, lookedUp } = await open();
    expect(await startRun()([])).toEqual(new Map());
    expect(requests()).toEqual({ searches: 0, singles: 0 });
    expect(lookedUp).toEqual([]);
  });
});

describe('users that the search does not know', () => {
  test('and that signed up a moment ago are found one by one', async () => {
    const { startRun, requests, sandbox } = await open({ searchLagMs: 60_000 });
    const [known = ''] = idsFrom(0, 1);
    const fresh = ['auth0|fresh "one"', 'oidc|新しい/x?y=z', 'ad|A\\B C'];
    for (const id of fresh) sandbox.tenant.setUser({ user_id: id, name: id });
    const found = await startRun()([known, ...fresh]);
    expect([...found.keys()].sort()).toEqual([known, ...fresh].sort());
    for (const id of fresh) expect(found.get(id)).toMatchObject({ name: id });
    expect(requests()).toEqual({ searches: 1, singles: 3 });
  });

  test('and that are gone are missing, and asked for once in a run', async () => {
    const { startRun, requests, sandbox, malformed } = await open();
    const [here = '', gone = ''] = idsFrom(0, 2);
    sandbox.tenant.deleteUser(gone);
    const findUsers = startRun();
    expect([...(await findUsers([here, gone])).keys()]).toEqual([here]);
    expect([...(await findUsers([gone, here])).keys()]).toEqual([here]);
    expect(requests()).toEqual({ searches: 1, singles: 1 });
    expect(malformed).toEqual([]);
  });

  test('but that sign up again are there in the next run', async () => {
    const { startRun, sandbox } = await open();
    const id = 'auth0|comes-and-goes';
    expect((await startRun()([id])).size).toBe(0);
    sandbox.tenant.setUser({ user_id: id });
    expect((await startRun()([id])).size).toBe(1);
  });

  test('and whose ids are too long for any search are asked for one by one; too long for any address, they are missing', async () => {
    const { startRun, requests, sandbox, malformed } = await open();
    const long = `samlp|${'x'.repeat(7_100)}`;
    const endless = `samlp|${'y'.repeat(9_000)}`;
    for (const id of [long, endless]) sandbox.tenant.setUser({ user_id: id });
    const found = await startRun()([long, endless]);
    expect([...found.keys()]).toEqual([long]);
    expect(requests()).toEqual({ searches: 0, singles: 2 });
    expect(malformed).toEqual([endless]);
  });
});

describe('when something goes wrong', () => {
  test('a failure is that of every batch that waits for it, and the next one asks again', async () => {
    const { startRun, sandbox } = await open();
    sandbox.tenant.faults.add({
      endpoint: 'user-search',
      fault: { kind: 'status', status: 403, body: '{}' },
    });
    const findUsers = startRun();
    const ids = idsFrom(0, 5);
    const both = await Promise.allSettled([findUsers(ids), findUsers(ids)]);
    for (const result of both) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'auth0_forbidden' } });
    }
    expect((await findUsers(ids)).size).toBe(5);
  });

  test('an answer to a lookup by id that is no user is a failure, not a missing user', async () => {
    const { startRun, sandbox } = await open();
    sandbox.tenant.faults.add({ endpoint: 'user', fault: { kind: 'body', body: '{"hello":"world"}' } });
    await expect(startRun()(['auth0|unknown'])).rejects.toMatchObject({ code: 'auth0_unexpected' });
  });
});

describe('what is told of a user is not older than the event', () => {
  const now = Date.parse('2026-05-01T12:00:00.500Z');
  const id = 'auth0|ada';
  const version = (name: string, at: number) => ({
    user_id: id,
    name,
    updated_at: new Date(at).toISOString(),
  });
  const logsIn = (at: number): WantedUser => ({ id, at, isSignup: false });
  const signsUp = (at: number): WantedUser => ({ id, at, isSignup: true });
  const openAda = async (updatedAt = now - 200_000) => {
    const time = { now: now - 100_000 };
    const opened = await open({
      users: [version('old', updatedAt)],
      searchLagMs: 60_000,
      now: () => time.now,
    });
    return { ...opened, time };
  };

  test('a search result that was updated before the event gives way to the user itself', async () => {
    const { startRun, sandbox, time, requests } = await openAda();
    time.now = now;
    sandbox.tenant.setUser(version('new', now - 1_000));
    expect((await startRun()([logsIn(now - 1_000)])).get(id)?.name).toBe('new');
    expect(requests()).toEqual({ searches: 1, singles: 1 });
  });

  test('one that was updated at the event or since does for it', async () => {
    const { startRun, sandbox, time, requests } = await openAda();
    sandbox.tenant.setUser(version('new', now - 70_000));
    time.now = now;
    expect((await startRun()([logsIn(now - 70_000)])).get(id)?.name).toBe('new');
    expect(requests()).toEqual({ searches: 1, singles: 0 });
  });

  test('a sign-up is always asked for itself: its metadata may come later than its user', async () => {
    const { startRun, sandbox, time, requests } = await openAda();
    sandbox.tenant.setUser(version('with metadata', now));
    time.now = now;
    expect((await startRun()([signsUp(now - 200_000)])).get(id)?.name).toBe('with metadata');
    expect(requests()).toEqual({ searches: 1, singles: 1 });
  });

  test('a user without a date of its last update is asked for itself', async () => {
    const { startRun, sandbox, time, requests } = await openAda();
    sandbox.tenant.setUser({ user_id: id, name: 'undated' });
    time.now = now;
    expect((await startRun()([logsIn(now)])).get(id)?.name).toBe('undated');
    expect(requests()).toEqual({ searches: 1, singles: 1 });
  });

  test.each([
    ['a login', logsIn],
    ['a sign-up', signsUp],
  ])(
    'uses an older search result for %s of ten minutes ago, and none for one after that',
    async (_what, event) => {
      const { startRun, time, requests } = await openAda(now - 3_600_000);
      time.now = now;
      expect((await startRun()([event(now - 601_000)])).get(id)?.name).toBe('old');
      expect(requests()).toEqual({ searches: 1, singles: 0 });
      expect((await startRun()([event(now - 598_000)])).get(id)?.name).toBe('old');
      expect(requests()).toEqual({ searches: 1, singles: 1 });
    },
  );

  test('reads an updated_at without a zone as UTC', async () => {
    const { startRun, sandbox, time, requests } = await openAda();
    // An hour and more behind UTC, so that the host's zone would make the profile newer than the event.
    useTimeZone('America/New_York');
    time.now = now;
    sandbox.tenant.setUser({ user_id: id, name: 'new', updated_at: new Date(now - 2_000).toISOString() });
    sandbox.tenant.setUser({ user_id: id, name: 'newer', updated_at: '2026-05-01 11:59:58' });
    time.now = now + 120_000;
    expect((await startRun()([logsIn(now)])).get(id)?.name).toBe('newer');
    expect(requests()).toEqual({ searches: 1, singles: 1 });
  });

  test('a user that is gone but still in the index is missing', async () => {
    const { startRun, sandbox, time, requests } = await openAda();
    time.now = now;
    sandbox.tenant.deleteUser(id);
    expect(await startRun()([logsIn(now)])).toEqual(new Map());
    expect(requests()).toEqual({ searches: 1, singles: 1 });
  });

  test('the cache serves events from before its user was read, and no later ones', async () => {
    const { startRun, sandbox, time, requests } = await openAda();
    time.now = now;
    await startRun()([logsIn(now - 10_000)]);
    requests();
    expect((await startRun()([logsIn(now - 600)])).get(id)?.name).toBe('old');
    expect(requests()).toEqual({ searches: 0, singles: 0 });
    time.now = now + 5_000;
    sandbox.tenant.setUser(version('new', now + 3_000));
    expect((await startRun()([logsIn(now + 3_000)])).get(id)?.name).toBe('new');
    expect(requests()).toEqual({ searches: 1, singles: 1 });
  });

  test('events that wait for one lookup get another where it was answered before them', async () => {
    const { startRun, time, requests } = await openAda();
    time.now = now;
    const findUsers = startRun();
    const both = await Promise.all([findUsers([logsIn(now - 10_000)]), findUsers([logsIn(now + 60_000)])]);
    expect(both.map((found) => found.get(id)?.name)).toEqual(['old', 'old']);
    expect(requests()).toEqual({ searches: 1, singles: 2 });
  });
});
