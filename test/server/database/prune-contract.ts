import { describe, expect, test } from 'vitest';
import { makeRecord } from '../../support/make-record';
import { makeTenant, NOON } from './open-test-database';
import type { OpenPlace } from './place';

/** What every database must do with histories that are too old or too long. */
export function describePrune(name: string, openPlace: OpenPlace): void {
  describe(name, () => {
    const DAY_MS = 86_400_000;

    /** A history of runs that each exported a log, one every hour up to noon; some of them failed, some have notes. */
    async function openHistory(
      count: number,
      { failures = [], noted = [] }: { failures?: readonly number[]; noted?: readonly number[] } = {},
    ) {
      const place = await openPlace();
      const database = await place.open();
      const tenant = makeTenant('acme');
      await database.tenants.add(tenant);
      const store = database.storeOf(tenant.id)({ remaining: () => 1000 });
      const ended = Array.from({ length: count }, (_, index) => {
        const start = new Date(NOON - (count - 1 - index) * 3_600_000).toISOString();
        const error = failures.includes(index)
          ? { message: 'Segment returned 503.', checkpoint: '9' }
          : undefined;
        return {
          id: `run-${index}`,
          record: makeRecord({ start, end: start, logsProcessed: 1, batches: 1, ...(error && { error }) }),
        };
      });
      await store.state.update((state) => ({ state, ended }));
      for (const { id, record } of ended.filter((_, index) => noted.includes(index))) {
        await database.notes.put(tenant.id, {
          id,
          trigger: 'schedule',
          dueAt: record.start,
          startedAt: record.start,
          lines: ['x'.repeat(96)],
          linesLeftOut: 0,
        });
      }
      const ids = async () =>
        (await store.history.list({ offset: 0, limit: 5000 })).runs
          .map(({ id }) => Number(id?.slice(4)))
          .reverse();
      return { place, database, tenant, store, ids };
    }

    test('records older than the days go with their notes, and sums of their time say that they are not whole', async () => {
      const { database, tenant, store, ids } = await openHistory(1300, { noted: [1058, 1059] });
      const dayOf = (days: number) => ({ from: NOON - days * DAY_MS, until: NOON });
      expect((await store.history.sums(dayOf(60))).isWhole).toBe(true);
      expect(await database.prune(10)).toBe(1300 - 241);
      expect(await ids()).toEqual(Array.from({ length: 241 }, (_, index) => 1059 + index));
      expect(await database.notes.find(tenant.id, 'run-1058')).toBeUndefined();
      expect(await database.notes.find(tenant.id, 'run-1059')).toBeDefined();
      expect((await store.history.sums(dayOf(60))).isWhole).toBe(false);
      expect(await store.history.sums(dayOf(10))).toMatchObject({ isWhole: true, runs: 240 });
      expect(await database.prune(10)).toBe(0);
    });

    test('the oldest go where there are too many, failures last', async () => {
      const { place, ids } = await openHistory(40, { failures: [2, 5, 8, 35] });
      expect(await place.prune({ days: 90, records: 10, olderFailures: 2 })).toBe(28);
      expect(await ids()).toEqual([5, 8, ...Array.from({ length: 10 }, (_, index) => 30 + index)]);
    });

    test('lines of older runs go where there are too many, and are counted; the notes stay', async () => {
      const { place, database, tenant } = await openHistory(10, { noted: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
      await place.prune({ days: 90, characters: 300 });
      const notes = await Promise.all(
        Array.from({ length: 10 }, (_, index) => database.notes.find(tenant.id, `run-${index}`)),
      );
      expect(notes.map((note) => note?.lines.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
      expect(notes[0]?.linesLeftOut).toBe(1);
    });

    test('a note of a run that left no record goes by its age, too', async () => {
      const { place, database, tenant } = await openHistory(0);
      const startedAt = new Date(NOON - 11 * DAY_MS).toISOString();
      await database.notes.put(tenant.id, {
        id: 'run-x',
        trigger: 'manual',
        dueAt: startedAt,
        startedAt,
        lines: [],
        linesLeftOut: 0,
      });
      await database.prune(10);
      expect(await place.exec('SELECT id FROM run_notes')).toEqual([]);
    });

    test('it ends where the database is closed meanwhile, and nothing of it is half done', async () => {
      const { place, database, tenant } = await openHistory(1300);
      const pruned = database.prune(1);
      await database.close();
      const dropped = await pruned;
      expect(dropped).toBeLessThan(1300 - 25);
      const { history } = (await place.open()).storeOf(tenant.id)({ remaining: () => 1000 });
      expect(await history.list({ offset: 0, limit: 1 })).toMatchObject({ total: 1300 - dropped });
    });
  });
}
