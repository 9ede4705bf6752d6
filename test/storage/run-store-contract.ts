import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireLease, LEASE_MS, type RunLease } from '../../src/storage/lease';
import type { RunRecord } from '../../src/storage/run-state';
import type { EndedRun, OpenRunStore, RunQuery, RunStore } from '../../src/storage/run-store';
import { type Clock, createDeadline } from '../../src/time';
import { type FakeClock, fakeClock, settle } from '../support/fake-clock';
import { makeRecord } from '../support/make-record';

/** An empty storage of one tenant's runs. */
export interface OpenedStorage {
  open: OpenRunStore;
  /** Resolves when nothing is read or written any more, where that takes time that no clock of a test moves on. */
  settled?(): Promise<void>;
  close(): Promise<void>;
}

const MIDNIGHT = Date.parse('2026-03-01T00:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const moment = (minute: number) => new Date(MIDNIGHT + minute * MINUTE).toISOString();

/** A run that starts some minutes after midnight, ends a second later, and exports seven logs. */
const exported = (minute: number, more: Partial<RunRecord> = {}): RunRecord =>
  makeRecord({
    start: moment(minute),
    end: moment(minute + 1 / 60),
    logsRead: 9,
    logsProcessed: 7,
    batches: 1,
    skipped: 2,
    events: { 'Success Login': 5 },
    ...more,
  });
const uneventful = (minute: number, more: Partial<RunRecord> = {}): RunRecord =>
  makeRecord({ start: moment(minute), end: moment(minute + 1 / 60), ...more });
const error = { message: 'Segment returned 503.', checkpoint: '9001' };
const rejected = [{ logId: '9', call: 'track' as const, reason: 'Too large.' }];
const ended = (record: RunRecord): EndedRun => ({ id: `run of ${record.start}`, record });

/** A run that has died, as far as others can tell: time passes for it, but it does nothing any more. */
const standingStill = (clock: Clock): Clock => ({ ...clock, sleep: () => new Promise(() => {}) });

/**
 * What every place for state and history of the runs must do, whatever it is made of.
 *
 * @param name of the storage
 * @param openStorage opens an empty one, in which leases are given by the time of the clock
 */
export function describeRunStore(name: string, openStorage: (clock: Clock) => Promise<OpenedStorage>): void {
  describe(name, () => {
    let clock: FakeClock;
    let storage: OpenedStorage;
    /** The storage as another process sees it. */
    const another = (): RunStore => storage.open({ remaining: () => 20_000 });

    beforeEach(async () => {
      clock = fakeClock({ now: MIDNIGHT + DAY });
      storage = await openStorage(clock);
    });
    afterEach(() => storage.close());

    const add = (...records: RunRecord[]) =>
      another().state.update((state) => ({ state, ended: records.map(ended) }));
    const starts = async (query: Partial<RunQuery> = {}) => {
      const { runs, total } = await another().history.list({ offset: 0, limit: 100, ...query });
      return { starts: runs.map(({ start }) => start), total };
    };

    describe('the state', () => {
      test('is empty at first', async () => {
        expect(await another().state.read()).toMatchObject({
          checkpointId: null,
          startFrom: null,
          lastRun: null,
          lease: null,
          lastReportDate: null,
          caughtUp: null,
        });
        expect(await starts()).toEqual({ starts: [], total: 0 });
      });

      test('is as it was changed, for this process and for others', async () => {
        const store = another();
        const changed = await store.state.update((state) => ({ state: { ...state, checkpointId: '8' } }));
        expect(changed.checkpointId).toBe('8');
        expect((await store.state.read()).checkpointId).toBe('8');
        expect((await another().state.read()).checkpointId).toBe('8');
      });

      test('is changed as it is in the storage, not as it was last seen', async () => {
        const [store, other] = [another(), another()];
        await store.state.read();
        await other.state.update((state) => ({ state: { ...state, checkpointId: '8' } }));
        await store.state.update((state) => ({ state: { ...state, lastReportDate: '2026-02-28' } }));
        expect(await another().state.read()).toMatchObject({
          checkpointId: '8',
          lastReportDate: '2026-02-28',
        });
      });

      test('loses the change of nobody, however many change it at once', async () => {
        const count = async (store: RunStore) => {
          for (let change = 0; change < 4; change += 1) {
            await store.state.update((state) => ({
              state: { ...state, checkpointId: String(Number(state.checkpointId ?? 0) + 1) },
            }));
          }
        };
        await Promise.all([another(), another(), another()].map(count));
        expect((await another().state.read()).checkpointId).toBe('12');
      });

      test('stays as it is where nothing is to be changed', async () => {
        const store = another();
        await store.state.update((state) => ({ state: { ...state, checkpointId: '8' } }));
        expect(await store.state.update(() => undefined)).toMatchObject({ checkpointId: '8' });
        expect(await another().state.read()).toMatchObject({ checkpointId: '8' });
      });

      test('keeps keys that this version does not know', async () => {
        const future = { a: [1], b: 'ü' };
        await another().state.update((state) => ({ state: { ...state, future } }));
        await another().state.update((state) => ({ state: { ...state, checkpointId: '8' } }));
        expect(await another().state.read()).toMatchObject({ checkpointId: '8', future });
      });

      test('is changed by the time of its clock', async () => {
        const seen: number[] = [];
        const store = another();
        for (const pause of [0, 1_500]) {
          await clock.advance(pause);
          await store.state.update((_state, now) => {
            seen.push(now);
            return undefined;
          });
        }
        expect(seen).toEqual([MIDNIGHT + DAY, MIDNIGHT + DAY + 1_500]);
      });
    });

    describe('a run that has ended', () => {
      test('is stored together with the state', async () => {
        await another().state.update((state) => ({
          state: { ...state, checkpointId: '8' },
          ended: [ended(exported(1))],
        }));
        expect((await another().state.read()).checkpointId).toBe('8');
        expect((await another().history.list({ offset: 0, limit: 1 })).runs).toMatchObject([exported(1)]);
      });

      test('is not stored where the state is not', async () => {
        const lost = new Error('lost');
        const change = another().state.update(() => {
          throw lost;
        });
        await expect(change).rejects.toBe(lost);
        await another().state.update(() => undefined);
        expect(await starts()).toEqual({ starts: [], total: 0 });
      });

      test('is stored once, though another has changed the state meanwhile', async () => {
        const store = another();
        await store.state.read();
        await another().state.update((state) => ({ state: { ...state, checkpointId: '8' } }));
        await store.state.update((state) => ({ state, ended: [ended(exported(1))] }));
        expect(await starts()).toEqual({ starts: [moment(1)], total: 1 });
      });

      test('keeps its record whole, also fields that this version does not know', async () => {
        const record = exported(1, {
          ...{ colour: 'blue' },
          error,
          rejected,
          warning: 'A gap.',
          users: 3,
          requests: { logs: 2 },
          checkpoint: '9'.repeat(56),
          checkpointDate: moment(0),
        });
        await add(record);
        const [run] = (await another().history.list({ offset: 0, limit: 1 })).runs;
        expect(run).toMatchObject(record);
        // Not every storage keeps it.
        expect(run?.id ?? ended(record).id).toBe(ended(record).id);
      });

      test('shares a record with those before, where none of them had anything to do', async () => {
        for (const minute of [1, 2, 3]) await add(uneventful(minute, { logsRead: 1 }));
        await add(exported(4));
        await add(uneventful(5), uneventful(6));
        const { runs, total } = await another().history.list({ offset: 0, limit: 10 });
        expect(total).toBe(3);
        expect(runs).toMatchObject([
          { start: moment(5), lastStart: moment(6), runs: 2, end: uneventful(6).end },
          exported(4),
          { start: moment(1), lastStart: moment(3), runs: 3, logsRead: 3, end: uneventful(3).end },
        ]);
        expect(runs[0]?.id ?? ended(uneventful(6)).id).toBe(ended(uneventful(6)).id);
      });

      test('shares no record with those of the day before, nor with one that failed', async () => {
        await add(uneventful(-1), uneventful(0), uneventful(1, { error }), uneventful(2));
        expect((await starts()).starts).toEqual([moment(2), moment(1), moment(0), moment(-1)]);
      });
    });

    describe('the history lists', () => {
      test('the newest first, a page at a time', async () => {
        for (let minute = 1; minute <= 5; minute += 1) await add(exported(minute));
        expect(await starts({ limit: 2 })).toEqual({ starts: [moment(5), moment(4)], total: 5 });
        expect(await starts({ offset: 4, limit: 2 })).toEqual({ starts: [moment(1)], total: 5 });
        expect(await starts({ offset: 9, limit: 2 })).toEqual({ starts: [], total: 5 });
      });

      test('only those that failed, or of which calls were rejected', async () => {
        await add(exported(1, { error }), exported(2), exported(3, { rejected }));
        await add(exported(4, { error, rejected }));
        expect(await starts({ failedOnly: true, limit: 1 })).toEqual({ starts: [moment(4)], total: 2 });
        expect(await starts({ rejectedOnly: true })).toEqual({ starts: [moment(4), moment(3)], total: 2 });
        expect(await starts({ failedOnly: true, rejectedOnly: true })).toMatchObject({ total: 1 });
        expect(await starts({ failedOnly: false, rejectedOnly: false })).toMatchObject({ total: 4 });
      });

      test('a run that was cancelled among all, and not among those that failed', async () => {
        await add(exported(1, { error }), exported(2, { error: { ...error, code: 'cancelled' } }));
        expect(await starts({ failedOnly: true })).toEqual({ starts: [moment(1)], total: 1 });
        expect(await starts({})).toMatchObject({ total: 2 });
        expect(await another().history.sums({ from: MIDNIGHT, until: MIDNIGHT + DAY })).toMatchObject({
          runs: 2,
          failed: 1,
          lastFailure: { start: moment(1) },
        });
      });

      test('only those of a span of time, its beginning included and its end not', async () => {
        await add(exported(1), exported(2), exported(3), exported(4));
        const [from, until] = [Date.parse(moment(2)), Date.parse(moment(4))];
        expect(await starts({ from, until })).toEqual({ starts: [moment(3), moment(2)], total: 2 });
        expect(await starts({ from })).toMatchObject({ total: 3 });
        expect(await starts({ until, failedOnly: true })).toMatchObject({ total: 0 });
      });

      test('a record of several runs for a span of time in which one of them started', async () => {
        for (const minute of [10, 20, 30]) await add(uneventful(minute));
        const at = (minute: number) => Date.parse(moment(minute));
        expect(await starts({ from: at(30) })).toMatchObject({ total: 1 });
        expect(await starts({ from: at(31) })).toMatchObject({ total: 0 });
        expect(await starts({ until: at(11) })).toMatchObject({ total: 1 });
        expect(await starts({ until: at(10) })).toMatchObject({ total: 0 });
      });
    });

    describe('the history adds up', () => {
      test('a day: its first millisecond included, that of the next day not', async () => {
        await add(exported(-0.001, { error: { message: 'Of the day before.', checkpoint: null } }));
        await add(exported(0), exported(1, { error }), exported(2, { rejected, events: { Other: 1 } }));
        for (const minute of [3, 4, 5]) await add(uneventful(minute));
        await add(exported(24 * 60 - 0.001), exported(24 * 60));
        expect(await another().history.sums({ from: MIDNIGHT, until: MIDNIGHT + DAY })).toEqual({
          runs: 7,
          failed: 1,
          logsProcessed: 28,
          batches: 4,
          skipped: 8,
          rejected: 1,
          events: { 'Success Login': 15, Other: 1 },
          uncountedRuns: 0,
          uncountedLogs: 0,
          lastFailure: { start: moment(1), ...error },
          isWhole: true,
        });
      });

      test('the newest failure, which may share a record with others', async () => {
        await add(exported(1, { error: { message: 'First.', checkpoint: null } }));
        await add(exported(2, { error, runs: 5, lastStart: moment(9) }));
        await add(exported(10));
        const { failed, lastFailure } = await another().history.sums({
          from: MIDNIGHT,
          until: MIDNIGHT + DAY,
        });
        expect(failed).toBe(6);
        expect(lastFailure).toEqual({ start: moment(9), ...error });
      });

      test('of a record of several runs as many as started in the span', async () => {
        await add(uneventful(0, { runs: 101, lastStart: moment(100), logsRead: 5 }));
        const half = await another().history.sums({
          from: Date.parse(moment(50)),
          until: MIDNIGHT + DAY,
        });
        expect(half.runs).toBeGreaterThanOrEqual(50);
        expect(half.runs).toBeLessThanOrEqual(51);
        expect(await another().history.sums({ from: MIDNIGHT, until: MIDNIGHT + DAY })).toMatchObject({
          runs: 101,
        });
      });

      test('nothing where nothing has run', async () => {
        expect(await another().history.sums({ from: MIDNIGHT, until: MIDNIGHT + DAY })).toEqual({
          runs: 0,
          failed: 0,
          logsProcessed: 0,
          batches: 0,
          skipped: 0,
          rejected: 0,
          events: {},
          uncountedRuns: 0,
          uncountedLogs: 0,
          lastFailure: undefined,
          isWhole: true,
        });
      });

      test('those apart whose records do not say which events were sent, and those not that sent none', async () => {
        await add(exported(0, { events: undefined }), exported(1, { events: undefined, skipped: 7 }));
        await add(exported(2, { events: undefined, skipped: 6, rejected }), exported(3));
        expect(await another().history.sums({ from: MIDNIGHT, until: MIDNIGHT + DAY })).toMatchObject({
          runs: 4,
          uncountedRuns: 1,
          uncountedLogs: 7,
        });
      });
    });

    describe('the lease', () => {
      const pass = async (ms: number) => {
        await clock.advance(ms);
        await storage.settled?.();
        await settle();
      };
      const ask = (owner: string, by: Clock = clock) =>
        acquireLease({
          store: another().state,
          clock: by,
          deadline: createDeadline({ clock: by, budgetMs: 22_000 }),
          owner,
          progress: makeRecord({ start: new Date(by.now()).toISOString() }),
        });
      const take = async (owner: string, by: Clock = clock): Promise<RunLease> => {
        const answer = await ask(owner, by);
        if ('heldBy' in answer) throw new Error(`held by ${answer.heldBy.owner}`);
        return answer.lease;
      };

      test('goes to one of two, and to the other when that one has ended', async () => {
        const answers = await Promise.all([ask('one'), ask('other')]);
        const [winner] = answers.flatMap((answer) => ('lease' in answer ? [answer.lease] : []));
        const [held] = answers.flatMap((answer) => ('heldBy' in answer ? [answer.heldBy] : []));
        expect(winner?.state.lease?.owner).toBe(held?.owner);
        const record = exported(24 * 60, { checkpoint: '8' });
        winner?.save({ checkpointId: '8' }, record);
        await winner?.release(record);
        expect(await another().state.read()).toMatchObject({
          checkpointId: '8',
          lease: null,
          lastRun: record.end,
          caughtUp: { start: record.start, end: record.end, isProven: true },
        });
        expect(await starts()).toEqual({ starts: [record.start], total: 1 });
        const next = await take('next');
        expect(next.interruptedRun).toBeUndefined();
        expect(next.state.checkpointId).toBe('8');
        await next.release(makeRecord());
      });

      test('of a run that has died goes to another, which leaves its record and resumes', async () => {
        const before = { start: moment(1), end: moment(2), isProven: true };
        await another().state.update((state) => ({
          state: { ...state, caughtUp: before },
          ended: [ended(exported(1, { end: moment(2) }))],
        }));
        const dead = await take('dead', standingStill(clock));
        expect(dead.state.caughtUp).toEqual(before);
        dead.save({ checkpointId: '8' }, exported(24 * 60, { checkpoint: '8' }));
        await pass(0);
        await pass(LEASE_MS - 1);
        expect(await ask('early')).toMatchObject({ heldBy: { owner: 'dead' } });
        await pass(1 + another().state.clocksDifferMs);
        expect(dead.isHeld()).toBe(false);
        const lease = await take('next');
        expect(lease.state.checkpointId).toBe('8');
        expect(lease.interruptedRun).toMatchObject({ logsProcessed: 7, error: { checkpoint: '8' } });
        // Nobody knows what the dead run has read.
        expect(lease.state.caughtUp).toEqual({ ...before, isProven: false });
        const { runs } = await another().history.list({ offset: 0, limit: 10 });
        expect(runs).toHaveLength(2);
        expect(runs[0]).toMatchObject({ error: { checkpoint: '8' } });
        expect(runs[0]?.id ?? 'dead').toBe('dead');

        // It was only paused, and goes on: nothing of it is stored any more.
        lease.save({ checkpointId: '100' }, makeRecord());
        await lease.flush();
        dead.save({ checkpointId: '9' }, makeRecord());
        await expect(dead.flush()).rejects.toMatchObject({ code: 'lease_lost' });
        await expect(dead.release(makeRecord())).rejects.toMatchObject({ code: 'lease_lost' });
        expect(await another().state.read()).toMatchObject({
          checkpointId: '100',
          lease: { owner: 'next' },
        });
        expect(await starts()).toMatchObject({ total: 2 });
        await lease.release(makeRecord());
      });

      test('is renewed for as long as its run lives', async () => {
        const lease = await take('us');
        for (let passed = 0; passed < 4 * LEASE_MS; passed += LEASE_MS / 3) {
          await pass(LEASE_MS / 3);
          expect(lease.isHeld()).toBe(true);
          expect(await ask('other')).toMatchObject({ heldBy: { owner: 'us' } });
        }
        await lease.release(makeRecord());
      });
    });
  });
}
