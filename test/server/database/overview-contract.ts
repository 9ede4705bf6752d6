import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../../src/storage/run-state';
import { makeRecord } from '../../support/make-record';
import { makeTenant, NOON } from './open-test-database';
import type { OpenPlace } from './place';

/** What every database must show of all tenants. */
export function describeOverview(name: string, openPlace: OpenPlace): void {
  describe(name, () => {
    const HOUR_MS = 3_600_000;

    async function openTenants() {
      const database = await (await openPlace()).open();
      const [acme, other] = [makeTenant('acme'), makeTenant('other')];
      await database.tenants.add(other);
      await database.tenants.add(acme);
      let runs = 0;
      const add = (id: string, hoursAgo: number, fields: Partial<RunRecord>) => {
        runs += 1;
        const start = new Date(NOON - hoursAgo * HOUR_MS).toISOString();
        const record = makeRecord({ start, end: start, logsProcessed: 1, batches: 1, ...fields });
        return database
          .storeOf(id)({ remaining: () => 1000 })
          .state.update((state) => ({
            state: { ...state, checkpointId: `c${runs}` },
            ended: [{ id: `run-${runs}`, record }],
          }));
      };
      return { database, acme, other, add };
    }

    test('all tenants by name, each with its state and its newest two records, oldest first', async () => {
      const { database, acme, other, add } = await openTenants();
      for (const hoursAgo of [3, 2, 1]) await add(acme.id, hoursAgo, { logsRead: hoursAgo });
      expect(await database.overview.standings()).toMatchObject([
        { tenant: acme, state: { checkpointId: 'c3' }, lastRuns: [{ logsRead: 2 }, { logsRead: 1 }] },
        { tenant: other, state: { checkpointId: null }, lastRuns: [] },
      ]);
      expect((await database.overview.standing('acme'))?.lastRuns).toHaveLength(2);
      expect(await database.overview.standing('nobody')).toBeUndefined();
    });

    test('the history of a removed tenant is in no overview', async () => {
      const { database, acme, other, add } = await openTenants();
      await add(acme.id, 1, { events: { 'Success Login': 5 } });
      await database.tenants.remove(acme.id, true);
      expect((await database.overview.standings()).map(({ tenant }) => tenant.id)).toEqual([other.id]);
      expect(await database.overview.hours([acme.id, other.id], 0)).toEqual(new Map());
    });

    test('events of a replay are counted apart, and those of a first start with START_FROM are not', async () => {
      const { database, acme, add } = await openTenants();
      const events = { 'Success Login': 5 };
      await add(acme.id, 2, { events, startedFrom: '9001', startCheckpoint: null });
      await add(acme.id, 1.9, { events, startedFrom: '9001', startCheckpoint: '9003' });
      await add(acme.id, 1.8, { events, startedFrom: '9009', startCheckpoint: '9003' });
      const hours = await database.overview.hours([acme.id], NOON - 24 * HOUR_MS);
      const sums = [...(hours.get(acme.id) ?? [])];
      expect(sums.reduce((sum, hour) => sum + hour.events, 0)).toBe(15);
      expect(sums.reduce((sum, hour) => sum + hour.replayed, 0)).toBe(5);
    });

    test('events of the runs that continue a replay count as replayed until they reach where it began', async () => {
      const { database, acme, add } = await openTenants();
      const events = { 'Success Login': 1 };
      await add(acme.id, 3, { events, startCheckpoint: '9000' });
      await add(acme.id, 2.8, { events, startedFrom: '9001', startCheckpoint: '9005', moreToCome: true });
      await add(acme.id, 2.6, { events, startCheckpoint: '9003', moreToCome: true });
      await add(acme.id, 2.4, { events, startCheckpoint: '9005' });
      await add(acme.id, 2.2, { events, startCheckpoint: '9006' });
      const hours = [...((await database.overview.hours([acme.id], 0)).get(acme.id) ?? [])];
      expect(hours.reduce((sum, hour) => sum + hour.replayed, 0)).toBe(2);
    });

    test('rejected calls show for a day, or until a replay succeeds', async () => {
      const { database, acme, other, add } = await openTenants();
      const rejected = [{ logId: '9002', call: 'track' as const, reason: 'Refused' }];
      const hoursAgo = (hours: number) => (NOON - database.now()) / HOUR_MS + hours;
      const shown = async () => (await database.overview.standing('acme'))?.rejected;
      expect(await shown()).toBe(0);
      await add(acme.id, hoursAgo(30), { rejected });
      expect(await shown()).toBe(0);
      await add(acme.id, hoursAgo(2), { rejected });
      await add(acme.id, hoursAgo(1), {});
      expect(await shown()).toBe(1);
      await add(acme.id, hoursAgo(0.5), { startedFrom: '9001', startCheckpoint: '9003' });
      expect(await shown()).toBe(0);
      await add(acme.id, hoursAgo(0.1), { rejected: [...rejected, ...rejected] });
      expect((await database.overview.standings()).map((one) => [one.tenant.id, one.rejected])).toEqual([
        [acme.id, 2],
        [other.id, 0],
      ]);
    });

    test('events and failures by the hour, of the tenants asked for', async () => {
      const { database, acme, other, add } = await openTenants();
      const error = { message: 'Segment returned 503.', checkpoint: '9' };
      await add(acme.id, 26, { events: { 'Success Login': 9 } });
      await add(acme.id, 2, { events: { 'Success Login': 5, 'Failed Login': 2 } });
      await add(acme.id, 1.5, { error });
      await add(acme.id, 1.2, { events: { 'Success Login': 1 } });
      await add(other.id, 1, { events: { 'Success Login': 4 } });
      const hours = await database.overview.hours([acme.id], NOON - 24 * HOUR_MS);
      expect(hours).toEqual(
        new Map([[acme.id, [{ hour: '2025-03-03T10:00:00.000Z', events: 8, replayed: 0, failed: 1 }]]]),
      );
    });
  });
}
