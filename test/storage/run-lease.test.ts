import { describe, expect, test } from 'vitest';
import { LEASE_MS, liveLease } from '../../src/storage/lease';
import { parseRunState } from '../../src/storage/parse-run-state';
import { type RunLease, takeRunLease } from '../../src/storage/run-lease';
import type { RunState } from '../../src/storage/run-state';
import { createRunStateStore } from '../../src/storage/run-state-store';
import { createWebtaskStore } from '../../src/storage/webtask-store';
import { type FakeClock, fakeClock, settle } from '../support/fake-clock';
import { makeRecord } from '../support/make-record';
import { type PlatformStorage, platformStorage } from '../support/platform-storage';

const at = (clock: FakeClock, ms = 0) => new Date(clock.now() + ms).toISOString();
const stored = (storage: PlatformStorage) => storage.document() as RunState;

/** One execution that asks for the lease. */
async function ask(
  storage: PlatformStorage,
  clock: FakeClock,
  owner: string,
  progress = makeRecord({ start: at(clock), end: at(clock) }),
) {
  const store = createRunStateStore({
    store: createWebtaskStore(storage.handle()),
    clock,
    remaining: () => 22_000,
  });
  const asked = takeRunLease({ store, clock, owner, progress });
  asked.catch(() => {});
  await clock.advance(1_000);
  return asked;
}

async function take(storage: PlatformStorage, clock: FakeClock, owner = 'us'): Promise<RunLease> {
  const taken = await ask(storage, clock, owner);
  if ('heldBy' in taken) throw new Error(`held by ${taken.heldBy.owner}`);
  return taken.lease;
}

describe('taking the lease', () => {
  test('stores who runs since when and until when', async () => {
    const [storage, clock] = [platformStorage({ checkpointId: '7' }), fakeClock()];
    const [now, until] = [at(clock), at(clock, LEASE_MS)];
    const lease = await take(storage, clock);
    expect(lease.state.checkpointId).toBe('7');
    expect(lease.cutOff).toBeUndefined();
    expect(stored(storage)).toMatchObject({
      checkpointId: '7',
      lease: { owner: 'us', startedAt: now, expiresAt: until, progress: { start: now } },
    });
  });

  test('is refused while another holds it, and writes nothing', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const startedAt = at(clock);
    await take(storage, clock, 'them');
    const sets = storage.sets;
    expect(await ask(storage, clock, 'us')).toMatchObject({ heldBy: { owner: 'them', startedAt } });
    expect(storage.sets).toBe(sets);
  });

  test('of many that ask at once, one gets it', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const asked = Array.from({ length: 20 }, (_, run) => ask(storage, clock, `run ${run}`));
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => 'lease' in answer)).toHaveLength(1);
    const { owner } = stored(storage).lease ?? {};
    for (const answer of answers) if ('heldBy' in answer) expect(answer.heldBy.owner).toBe(owner);
  });

  test('works though the answer to the write was lost, and it was done', async () => {
    const [storage, clock] = [platformStorage({ checkpointId: '7' }), fakeClock()];
    storage.fail('set', { error: new Error('socket hang up'), isDone: true });
    const lease = await take(storage, clock);
    expect(lease.isAlive()).toBe(true);
    expect(stored(storage).lease?.owner).toBe('us');
    expect(stored(storage).logs).toEqual([]);
  });

  test('fails where the state cannot be read or written', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const fault = { error: new Error('x') };
    storage.fail('get', fault, fault, fault, fault);
    await expect(ask(storage, clock, 'us')).rejects.toMatchObject({ code: 'storage_read' });
    storage.fail('set', fault, fault, fault, fault);
    await expect(ask(storage, clock, 'us')).rejects.toMatchObject({ code: 'storage_write' });
  });
});

describe('a lease whose holder died', () => {
  test('expires within 30 s, and leaves a record of the run that was cut off', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const owner = fakeClock({ now: clock.now() });
    const dead = await take(storage, owner, 'dead');
    dead.save({ checkpointId: '8' }, makeRecord({ start: at(clock), checkpoint: '8', logsProcessed: 100 }));
    await settle();
    await clock.advance(LEASE_MS - 2_000);
    expect(await ask(storage, clock, 'early')).toHaveProperty('heldBy');
    await clock.advance(3_000);
    const taken = await ask(storage, clock, 'us');
    const cutOff = {
      checkpoint: '8',
      logsProcessed: 100,
      error: { message: expect.stringContaining('cut off'), checkpoint: '8' },
    };
    expect(taken).toMatchObject({ lease: { cutOff, state: { checkpointId: '8' } } });
    expect(stored(storage).logs).toMatchObject([cutOff]);
    expect(stored(storage).lease?.owner).toBe('us');
  });

  test('counts as dead when it would last longer than any lease does', () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    const until = (ms: number) =>
      liveLease(
        parseRunState({
          lease: {
            owner: 'x',
            startedAt: 'y',
            expiresAt: new Date(now + ms).toISOString(),
            progress: makeRecord(),
          },
        }),
        now,
      );
    expect(until(-1)).toBeNull();
    expect(until(0)).toBeNull();
    expect(until(1)).toMatchObject({ owner: 'x' });
    expect(until(LEASE_MS)).toMatchObject({ owner: 'x' });
    expect(until(LEASE_MS + 5_000)).toMatchObject({ owner: 'x' });
    expect(until(24 * 60 * 60 * 1000)).toBeNull();
  });

  test('counts as dead when its end is no date', () => {
    const lease = { owner: 'x', startedAt: 'y', expiresAt: 'soon', progress: makeRecord() };
    expect(liveLease(parseRunState({ lease }), 0)).toBeNull();
  });
});

describe('a run that holds the lease', () => {
  test('renews it by the clock, also when it saves nothing', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    for (let seconds = 0; seconds < 300; seconds += 1) {
      await clock.advance(1_000);
      expect(lease.isAlive()).toBe(true);
      expect(Date.parse(stored(storage).lease?.expiresAt ?? '')).toBeGreaterThan(clock.now() + 15_000);
    }
    expect(storage.sets).toBeLessThan(35);
  });

  test('does not renew it right after a save', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    await clock.advance(8_000);
    lease.save({ checkpointId: '8' }, makeRecord());
    await clock.advance(2_000);
    expect(storage.sets).toBe(2);
  });

  test('writes saves that come meanwhile together', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    for (let id = 1; id <= 50; id += 1) {
      lease.save({ checkpointId: `${id}` }, makeRecord({ logsProcessed: id }));
    }
    await settle();
    await lease.settled();
    expect(stored(storage)).toMatchObject({ checkpointId: '50', lease: { progress: { logsProcessed: 50 } } });
    expect(storage.sets).toBe(3);
  });

  test('keeps what earlier saves said', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    lease.save({ startFrom: '5', checkpointId: '5' }, makeRecord());
    lease.save({ checkpointId: '6' }, makeRecord());
    await settle();
    await lease.settled();
    expect(stored(storage)).toMatchObject({ startFrom: '5', checkpointId: '6' });
  });

  test('does not lose a save to a conflict with somebody who left the lease alone', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    storage.overwrite({ ...stored(storage), theirs: 1 });
    lease.save({ checkpointId: '8' }, makeRecord());
    await settle();
    await lease.settled();
    expect(stored(storage)).toMatchObject({ checkpointId: '8', theirs: 1, lease: { owner: 'us' } });
  });

  test('counts as dead to itself when it has to others, however slow the write of the lease was', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    storage.fail('set', 'hang', 'hang');
    const store = createRunStateStore({
      store: createWebtaskStore(storage.handle()),
      clock,
      remaining: () => 22_000,
    });
    const asked = takeRunLease({ store, clock, owner: 'us', progress: makeRecord() });
    await clock.advance(9_000);
    const taken = await asked;
    if (!('lease' in taken)) throw new Error('not taken');
    const expiresAt = Date.parse(stored(storage).lease?.expiresAt ?? '');
    expect(expiresAt).toBeLessThan(clock.now() + LEASE_MS - 8_000);
    storage.fail('set', ...Array.from({ length: 50 }, () => 'hang' as const));
    while (clock.now() < expiresAt - 1_000) await clock.advance(500);
    while (clock.now() < expiresAt) await clock.advance(500);
    expect(taken.lease.isAlive()).toBe(false);
  });
});

describe('a run that has lost the lease', () => {
  test('learns it from its next save, and leaves the other’s state alone', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, fakeClock({ now: clock.now() }), 'us');
    await clock.advance(LEASE_MS + 1_000);
    const other = await take(storage, clock, 'them');
    other.save({ checkpointId: '100' }, makeRecord());
    await settle();
    await other.settled();

    lease.save({ checkpointId: '8' }, makeRecord());
    await settle();
    await expect(lease.settled()).rejects.toMatchObject({
      code: 'lease_lost',
      message: expect.stringContaining('Another run has taken over'),
    });
    expect(lease.isAlive()).toBe(false);
    expect(() => lease.save({ checkpointId: '9' }, makeRecord())).toThrow('Another run has taken over');
    await expect(lease.release(makeRecord())).rejects.toMatchObject({ code: 'lease_lost' });
    expect(stored(storage)).toMatchObject({ checkpointId: '100', lease: { owner: 'them' } });
  });

  test('learns it when it ends at the latest', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, fakeClock({ now: clock.now() }), 'us');
    await clock.advance(LEASE_MS + 1_000);
    await take(storage, clock, 'them');
    await expect(lease.release(makeRecord({ end: 'now' }))).rejects.toMatchObject({ code: 'lease_lost' });
    expect(stored(storage).lease?.owner).toBe('them');
    expect(stored(storage).logs.map(({ end }) => end)).not.toContain('now');
  });
});

describe('a storage that fails', () => {
  const fault = { error: new Error('x') };

  test('shows in the next save, and in the end', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    storage.fail('set', fault, fault, fault, fault);
    lease.save({ checkpointId: '8' }, makeRecord());
    await clock.advance(2_000);
    expect(() => lease.save({ checkpointId: '9' }, makeRecord())).toThrow(
      expect.objectContaining({ code: 'storage_write' }),
    );
    await expect(lease.settled()).rejects.toMatchObject({ code: 'storage_write' });
    expect(lease.isAlive()).toBe(false);
  });

  test('does not keep a run from ending when the next renewal comes', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    storage.fail('set', fault, fault, fault, fault);
    lease.save({ checkpointId: '8' }, makeRecord());
    // Renewals come due, but the failure stands.
    await clock.advance(25_000);
    await expect(lease.settled()).rejects.toMatchObject({ code: 'storage_write' });
    const ended = lease.release(makeRecord({ end: 'now' }));
    await clock.advance(1_000);
    await ended;
    expect(stored(storage)).toMatchObject({ checkpointId: '8', lease: null, lastRun: 'now' });
  });

  test('takes one failure for none', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    storage.fail('set', fault, 'hang');
    lease.save({ checkpointId: '8' }, makeRecord());
    await clock.advance(6_000);
    await lease.settled();
    expect(stored(storage).checkpointId).toBe('8');
  });
});

describe('giving the lease up', () => {
  test('leaves the run’s record and the last changes, and lets the next run begin at once', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    lease.save({ checkpointId: '8' }, makeRecord());
    const record = makeRecord({ end: at(clock), checkpoint: '8' });
    const released = lease.release(record, { lastReportDate: '2026-02-28' });
    await settle();
    await released;
    expect(stored(storage)).toMatchObject({
      checkpointId: '8',
      lastReportDate: '2026-02-28',
      lastRun: record.end,
      lease: null,
      logs: [record],
    });
    expect(await take(storage, clock, 'next')).toMatchObject({ cutOff: undefined });
  });

  test('ends the renewing', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    const released = lease.release(makeRecord());
    await settle();
    await released;
    expect(clock.pending).toBe(0);
    const sets = storage.sets;
    await clock.advance(120_000);
    expect(storage.sets).toBe(sets);
  });

  test('leaves the record once, though the answer to the write was lost', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    storage.fail('set', { error: new Error('socket hang up'), isDone: true });
    const record = makeRecord({ start: at(clock), end: at(clock, 5) });
    const released = lease.release(record);
    await clock.advance(1_000);
    await expect(released).resolves.toBeUndefined();
    expect(stored(storage)).toMatchObject({ lease: null, logs: [record] });
    expect(stored(storage).logs).toHaveLength(1);
  });
});
