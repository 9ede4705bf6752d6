import { describe, expect, test } from 'vitest';
import { makeRecord } from '../../support/make-record';
import { makeTenant, NOON } from './open-test-database';
import type { OpenPlace } from './place';

/** What every database must do with runs by their ids, beside what every run store must do. */
export function describeRunNotes(name: string, openPlace: OpenPlace): void {
  describe(name, () => {
    /** Opens the store of a new tenant. */
    async function openTestStore() {
      const place = await openPlace();
      const database = await place.open();
      const tenant = makeTenant('acme');
      await database.tenants.add(tenant);
      const open = (onDamaged?: () => void) =>
        database.storeOf(tenant.id)({ remaining: () => 1000, ...(onDamaged && { onDamaged }) });
      return { place, database, tenant, open, store: open() };
    }

    const minutes = (count: number) => new Date(NOON + count * 60_000).toISOString();

    test('a NUL and a lone surrogate keep nothing from being stored', async () => {
      const { database, tenant, store } = await openTestStore();
      const text = 'before \0 and \ud800 after';
      const isKept = expect.stringMatching(/^before . and . after$/su);
      const rejected = [{ logId: text, call: 'track' as const, reason: text }];
      const record = makeRecord({ start: minutes(0), logsProcessed: 2, events: { [text]: 2 }, rejected });
      await store.state.update((state) => ({
        state: { ...state, checkpointId: 'log-1' },
        ended: [{ id: 'run-1', record }],
      }));
      await database.notes.put(tenant.id, {
        id: 'run-1',
        trigger: 'manual',
        dueAt: minutes(0),
        startedAt: minutes(0),
        linesLeftOut: 0,
        lines: [text],
      });
      const change = { at: minutes(0), name: 'EVENT_NAMES', from: text, to: text };
      await database.tenants.replace({ ...tenant, settings: { EVENT_NAMES: text } }, [change]);

      const { runs } = await store.history.list({ offset: 0, limit: 10 });
      expect(runs[0]?.rejected).toMatchObject([{ logId: isKept, reason: isKept }]);
      expect(Object.entries((await store.history.sums({ from: 0, until: NOON + 1 })).events)).toEqual([
        [isKept, 2],
      ]);
      expect((await database.notes.find(tenant.id, 'run-1'))?.lines).toEqual([isKept]);
      expect((await database.tenants.find('acme'))?.settings.EVENT_NAMES).toEqual(isKept);
      expect(await database.tenants.changes(tenant.id, 10)).toEqual([
        { ...change, from: isKept, to: isKept },
      ]);
      expect((await store.state.read()).checkpointId).toBe('log-1');
    });

    describe('runs by their ids', () => {
      test('a record has the id of its newest run, with the note of that one', async () => {
        const { database, tenant, store } = await openTestStore();
        const note = {
          trigger: 'schedule' as const,
          dueAt: minutes(0),
          startedAt: minutes(0),
          linesLeftOut: 0,
        };
        for (const [index, id] of ['run-1', 'run-2'].entries()) {
          await database.notes.put(tenant.id, { ...note, id, lines: [`line of ${id}`] });
          const record = makeRecord({ start: minutes(index), end: minutes(index + 0.1) });
          await store.state.update((state) => ({ state, ended: [{ id, record }] }));
        }
        const { runs } = await store.history.list({ offset: 0, limit: 10 });
        expect(runs).toMatchObject([{ id: 'run-2', runs: 2 }]);
        expect(await database.notes.find(tenant.id, 'run-1')).toBeUndefined();
        expect((await database.notes.find(tenant.id, 'run-2'))?.lines).toEqual(['line of run-2']);
      });

      test('a note is replaced while its run continues, and belongs to its tenant alone', async () => {
        const { database, tenant } = await openTestStore();
        const other = makeTenant('other');
        await database.tenants.add(other);
        const note = {
          id: 'run-1',
          trigger: 'manual' as const,
          dueAt: minutes(0),
          startedAt: minutes(0),
          lines: ['one'],
          linesLeftOut: 0,
        };
        await database.notes.put(tenant.id, note);
        const later = { ...note, lines: ['two', 'three'], linesLeftOut: 1 };
        await database.notes.put(tenant.id, later);
        expect(await database.notes.find(tenant.id, 'run-1')).toEqual(later);
        expect(await database.notes.find(other.id, 'run-1')).toBeUndefined();
        expect(await database.notes.triggers(tenant.id, ['run-1', 'run-2'])).toEqual(
          new Map([['run-1', 'manual']]),
        );
        expect(await database.notes.triggers(other.id, ['run-1'])).toEqual(new Map());
      });
    });

    test.each(['{"checkpointId": 7}', 'no JSON'])(
      'a damaged state fails a run, is empty where that is asked for, and hides no other tenant: %s',
      async (text) => {
        const { place, database, tenant, open } = await openTestStore();
        await database.tenants.add(makeTenant('other'));
        await place.exec(`UPDATE run_stores SET state = '${text}' WHERE tenant_id = '${tenant.id}'`);
        await expect(open().state.read()).rejects.toMatchObject({ code: 'storage_damaged' });
        let damages = 0;
        const state = await open(() => {
          damages += 1;
        }).state.read();
        expect(state).toMatchObject({ checkpointId: null, checkpointLost: true });
        expect(damages).toBe(1);
        expect(await database.overview.standings()).toHaveLength(2);
      },
    );

    test('a tenant that is removed while it runs is no longer written to', async () => {
      const { database, tenant, store } = await openTestStore();
      await database.tenants.remove(tenant.id, false);
      const update = store.state.update((state) => ({
        state,
        ended: [{ id: 'run-1', record: makeRecord() }],
      }));
      await expect(update).rejects.toMatchObject({ name: 'ExportError', code: 'tenant_removed' });
      expect(await store.history.list({ offset: 0, limit: 1 })).toEqual({ runs: [], total: 0 });
    });
  });
}
