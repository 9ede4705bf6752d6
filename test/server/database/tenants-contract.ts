import { describe, expect, test } from 'vitest';
import { makeTenant, NOON } from './open-test-database';
import type { OpenPlace } from './place';

/** What every database must do with tenants and their due times. */
export function describeTenants(name: string, openPlace: OpenPlace): void {
  describe(name, () => {
    test('a tenant is kept with all of its fields', async () => {
      const { tenants } = await (await openPlace()).open();
      const acme = makeTenant('acme', { isActive: false, dueAt: null, origin: 'declared', version: 7 });
      expect(await tenants.add(acme)).toBe(true);
      expect(await tenants.find('acme')).toEqual(acme);
      expect(await tenants.find('other')).toBeUndefined();
      await tenants.add(makeTenant('aaa'));
      expect((await tenants.list()).map(({ name }) => name)).toEqual(['aaa', 'acme']);
    });

    test('a name is given once', async () => {
      const { tenants } = await (await openPlace()).open();
      const first = makeTenant('acme');
      await tenants.add(first);
      expect(await tenants.add(makeTenant('acme', { schedule: '0 0 * * * *' }))).toBe(false);
      expect(await tenants.list()).toEqual([first]);
    });

    test('a change is made once, to the row that it was made for, with what it has changed', async () => {
      const { tenants } = await (await openPlace()).open();
      const row = makeTenant('acme');
      await tenants.add(row);
      const change = { at: row.createdAt, name: 'schedule', from: row.schedule, to: '0 0 * * * *' };
      const changed = { ...row, schedule: change.to, isActive: false, dueAt: null };
      expect(await tenants.replace(changed, [change])).toBe(true);
      expect(await tenants.replace({ ...row, schedule: '0 1 * * * *' }, [change])).toBe(false);
      expect(await tenants.find('acme')).toEqual({ ...changed, version: 2 });
      expect(await tenants.changes(row.id, 10)).toEqual([change]);
    });

    test('the newest 200 changes of a tenant are kept, newest first', async () => {
      const { tenants } = await (await openPlace()).open();
      const row = makeTenant('acme');
      await tenants.add(row);
      const changes = Array.from({ length: 230 }, (_, index) => ({
        at: row.createdAt,
        name: 'BATCH_SIZE',
        from: String(index),
        to: String(index + 1),
      }));
      await tenants.replace(row, changes);
      const kept = await tenants.changes(row.id, 1000);
      expect(kept).toHaveLength(200);
      expect(kept[0]).toEqual(changes[229]);
      expect(await tenants.changes(row.id, 20)).toEqual(kept.slice(0, 20));
    });

    test('those are due that are active, longest waiting first', async () => {
      const { tenants } = await (await openPlace()).open();
      expect(await tenants.due(NOON, 10)).toEqual({ tenants: [], next: undefined });
      await tenants.add(makeTenant('later', { dueAt: NOON + 1 }));
      await tenants.add(makeTenant('second', { dueAt: NOON }));
      await tenants.add(makeTenant('first', { dueAt: NOON - 1000 }));
      await tenants.add(makeTenant('off', { isActive: false, dueAt: NOON - 9000 }));
      await tenants.add(makeTenant('never', { dueAt: null }));
      expect(await tenants.count()).toBe(5);
      const { tenants: due, next } = await tenants.due(NOON, 10);
      expect(due.map(({ name }) => name)).toEqual(['first', 'second']);
      expect(next).toBe(NOON + 1);
      expect((await tenants.due(NOON, 2)).next).toBe(NOON + 1);
    });

    test('where more are due than are asked for, the next is due at once', async () => {
      const { tenants } = await (await openPlace()).open();
      await tenants.add(makeTenant('second', { dueAt: NOON }));
      await tenants.add(makeTenant('first', { dueAt: NOON - 1000 }));
      const { tenants: due, next } = await tenants.due(NOON, 1);
      expect(due.map(({ dueAt }) => dueAt)).toEqual([NOON - 1000]);
      expect(next).toBe(NOON);
    });

    test('of two processes that claim the same due time, one gets it', async () => {
      const place = await openPlace();
      const [here, there] = [await place.open(), await place.open()];
      const { id } = makeTenant('acme');
      await here.tenants.add(makeTenant('acme', { id }));
      const claims = [
        await here.tenants.claim(id, NOON, NOON + 300_000),
        await there.tenants.claim(id, NOON, NOON + 300_000),
      ];
      expect(claims).toEqual([true, false]);
      expect((await there.tenants.find('acme'))?.dueAt).toBe(NOON + 300_000);
      expect((await here.tenants.find('acme'))?.version).toBe(1);
    });

    test('a process notices that another has changed tenants or due times', async () => {
      const place = await openPlace();
      const [here, there] = [await place.open(), await place.open()];
      const tenant = makeTenant('acme');
      const seen = [await here.changes()];
      const noticed = async () => {
        const now = await here.changes();
        expect(now.dueTimes).not.toBe(seen.at(-1)?.dueTimes);
        seen.push(now);
      };
      await there.tenants.add(tenant);
      await noticed();
      expect(seen[1]?.tenants).not.toBe(seen[0]?.tenants);
      expect(await here.changes()).toEqual(seen.at(-1));
      await there.tenants.claim(tenant.id, NOON, NOON + 60_000);
      await noticed();
      await there.tenants.bringForward(tenant.id, NOON + 30_000);
      await noticed();
      const before = seen.at(-1);
      await there.tenants.replace({ ...tenant, settings: {} }, []);
      await noticed();
      expect(seen.at(-1)?.tenants).not.toBe(before?.tenants);
      await there.tenants.remove(tenant.id, false);
      await noticed();
    });

    test('a log stream brings the due time of an active tenant forward, until it is claimed', async () => {
      const { tenants } = await (await openPlace()).open();
      const tenant = makeTenant('acme', { dueAt: NOON + 60_000 });
      await tenants.add(tenant);
      await tenants.add(makeTenant('off', { id: 'off', isActive: false, dueAt: null }));
      expect(await tenants.bringForward('off', NOON)).toBe(false);
      expect(await tenants.bringForward(tenant.id, NOON - 5)).toBe(true);
      expect(await tenants.bringForward(tenant.id, NOON)).toBe(false);
      const { id, name, schedule, timeZone } = tenant;
      const due = { id, name, schedule, timeZone, dueAt: NOON - 5 };
      expect((await tenants.due(NOON, 10)).tenants).toEqual([{ ...due, isForStream: true }]);
      await tenants.claim(tenant.id, NOON - 5, NOON - 1);
      expect((await tenants.due(NOON, 10)).tenants).toEqual([
        { ...due, dueAt: NOON - 1, isForStream: false },
      ]);
    });

    test('state and history of a removed tenant wait for the next of its name, where they are to be kept', async () => {
      const { tenants, storeOf } = await (await openPlace()).open();
      const open = (id: string) => storeOf(id)({ remaining: () => 1000 });
      const first = makeTenant('acme');
      await tenants.add(first);
      await open(first.id).state.update((state) => ({ state: { ...state, checkpointId: 'c1' } }));
      await tenants.remove(first.id, true);
      await expect(open(first.id).state.read()).rejects.toThrow('The tenant has been removed');
      const second = makeTenant('acme');
      await tenants.add(second);
      expect((await open(second.id).state.read()).checkpointId).toBe('c1');
      expect(await tenants.changes(second.id, 10)).toEqual([]);
      await tenants.remove(second.id, false);
      const third = makeTenant('acme');
      await tenants.add(third);
      expect((await open(third.id).state.read()).checkpointId).toBeNull();
    });

    test('several tenants are removed, replaced and added together, a name that becomes free included', async () => {
      const { tenants } = await (await openPlace()).open();
      const [one, two, three] = [makeTenant('one'), makeTenant('two'), makeTenant('three')];
      for (const row of [one, two, three]) await tenants.add(row);
      const change = { at: two.createdAt, name: 'BATCH_SIZE', from: '100', to: '50' };
      const again = makeTenant('one');
      const isDone = await tenants.apply({
        remove: [{ id: one.id, version: 1, keepState: true }],
        replace: [{ row: { ...two, settings: { BATCH_SIZE: '50' } }, changes: [change] }],
        add: [again],
      });
      expect(isDone).toBe(true);
      expect(await tenants.list()).toEqual([
        again,
        three,
        { ...two, settings: { BATCH_SIZE: '50' }, version: 2 },
      ]);
      expect(await tenants.changes(two.id, 10)).toEqual([change]);
    });

    test.each([
      ['a name is taken', { add: [makeTenant('new'), makeTenant('one')] }],
      ['one that is replaced was changed since', { replace: [{ id: 'two', version: 7 }] }],
      ['one that is removed was changed since', { remove: [{ id: 'two', version: 7 }] }],
      ['one that is replaced is gone', { replace: [{ id: 'gone', version: 1 }] }],
      ['one that is removed is gone', { remove: [{ id: 'gone', version: 1 }] }],
    ])('nothing of several changes is made where %s', async (_, wrong) => {
      const { tenants, storeOf } = await (await openPlace()).open();
      const [one, two] = [makeTenant('one', { id: 'one' }), makeTenant('two', { id: 'two' })];
      for (const row of [one, two]) await tenants.add(row);
      const state = () => storeOf('one')({ remaining: () => 1000 }).state;
      await state().update((before) => ({ state: { ...before, checkpointId: 'c1' } }));
      const {
        add = [],
        replace = [],
        remove = [],
      } = wrong as {
        add?: ReturnType<typeof makeTenant>[];
        replace?: { id: string; version: number }[];
        remove?: { id: string; version: number }[];
      };
      const isDone = await tenants.apply({
        // What is right comes first, and has been done by the time that the wrong one is found.
        remove: [
          ...(add.length > 0 ? [] : [{ id: 'one', version: 1, keepState: false }]),
          ...remove.map((row) => ({ ...row, keepState: false })),
        ],
        replace: replace.map((fields) => ({
          row: makeTenant('two', { ...fields, schedule: '0 0 * * * *' }),
          changes: [],
        })),
        add: [makeTenant('other'), ...add],
      });
      expect(isDone).toBe(false);
      expect(await tenants.list()).toEqual([one, two]);
      expect((await state().read()).checkpointId).toBe('c1');
    });

    test('where nothing is rescheduled, the due time that another process has set meanwhile stays', async () => {
      const { tenants } = await (await openPlace()).open();
      const row = makeTenant('acme');
      await tenants.add(row);
      await tenants.claim(row.id, NOON, NOON + 300_000);
      await tenants.apply({ replace: [{ row: { ...row, settings: { A: 'b' }, dueAt: NOON }, changes: [] }] });
      expect((await tenants.find('acme'))?.dueAt).toBe(NOON + 300_000);
      const rescheduled = { ...row, version: 2, timeZone: 'Europe/Berlin', dueAt: NOON + 7 };
      await tenants.apply({ replace: [{ row: rescheduled, changes: [] }] });
      expect((await tenants.find('acme'))?.dueAt).toBe(NOON + 7);
    });
  });
}
