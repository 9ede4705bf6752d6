import { describe, expect, test } from 'vitest';
import { CLOCKS_DIFFER_MS, openDocumentRunStore } from '../../src/storage/document-store';
import { acquireLease, LEASE_MS, type RunLease, standingOf } from '../../src/storage/lease';
import { parseRunState } from '../../src/storage/run-state';
import { createWebtaskStore } from '../../src/storage/webtask-storage';
import { type Clock, createDeadline } from '../../src/time';
import { type FakeClock, fakeClock, settle } from '../support/fake-clock';
import { makeRecord } from '../support/make-record';
import { type PlatformStorage, platformStorage } from '../support/platform-storage';
import type { StoredDocument } from '../support/stored-document';

const at = (clock: FakeClock, ms = 0) => new Date(clock.now() + ms).toISOString();
const stored = (storage: PlatformStorage) => storage.document() as StoredDocument;

/** One execution that begins to ask for the lease. */
function begin(
  storage: PlatformStorage,
  clock: Clock,
  owner: string,
  progress = makeRecord({ start: new Date(clock.now()).toISOString() }),
) {
  const deadline = createDeadline({ clock, budgetMs: 22_000 });
  const open = openDocumentRunStore(createWebtaskStore(storage.handle()), clock);
  const store = open({ remaining: deadline.wrapUpRemaining }).state;
  const asked = acquireLease({ store, clock, deadline, owner, progress });
  asked.catch(() => {});
  return asked;
}

/** One execution that asks for the lease. */
async function ask(
  storage: PlatformStorage,
  clock: FakeClock,
  owner: string,
  progress = makeRecord({ start: at(clock), end: at(clock) }),
) {
  const asked = begin(storage, clock, owner, progress);
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
    expect(lease.interruptedRun).toBeUndefined();
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
    expect(lease.isHeld()).toBe(true);
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
    await clock.advance(2_000);
    const asked = begin(storage, clock, 'us');
    // The dead run's last write was 15 seconds ago.
    await clock.advance(15_000);
    const taken = await asked;
    const interruptedRun = {
      checkpoint: '8',
      logsProcessed: 100,
      error: { message: expect.stringContaining('cut off'), checkpoint: '8' },
    };
    expect(taken).toMatchObject({ lease: { interruptedRun, state: { checkpointId: '8' } } });
    expect(stored(storage).logs).toMatchObject([interruptedRun]);
    expect(stored(storage).lease?.owner).toBe('us');
  });

  test('is in doubt from its end until no clock can be so far ahead, or when it lasts longer than any', () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    const until = (ms: number) =>
      standingOf(
        parseRunState({
          lease: {
            owner: 'x',
            startedAt: 'y',
            expiresAt: new Date(now + ms).toISOString(),
            progress: makeRecord(),
          },
        }),
        now,
        CLOCKS_DIFFER_MS,
      );
    expect(until(-CLOCKS_DIFFER_MS)).toBe('free');
    expect(until(1 - CLOCKS_DIFFER_MS)).toBe('doubtful');
    expect(until(0)).toBe('doubtful');
    expect(until(1)).toBe('held');
    expect(until(LEASE_MS)).toBe('held');
    expect(until(LEASE_MS + CLOCKS_DIFFER_MS)).toBe('held');
    expect(until(24 * 60 * 60 * 1000)).toBe('doubtful');
  });

  test('is free from its end on where all go by one clock', () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    const until = (ms: number) => {
      const expiresAt = new Date(now + ms).toISOString();
      const lease = { owner: 'x', startedAt: 'y', expiresAt, progress: makeRecord() };
      return standingOf(parseRunState({ lease }), now, 0);
    };
    expect(until(0)).toBe('free');
    expect(until(1)).toBe('held');
    expect(until(LEASE_MS)).toBe('held');
    expect(until(LEASE_MS + 1)).toBe('doubtful');
  });

  test('counts as dead when its end is no date', () => {
    const lease = { owner: 'x', startedAt: 'y', expiresAt: 'soon', progress: makeRecord() };
    expect(standingOf(parseRunState({ lease }), 0, CLOCKS_DIFFER_MS)).toBe('free');
  });
});

/** A run that has died, as far as others can tell: time passes for it, but it does nothing any more. */
const standingStill = (clock: Clock): Clock => ({ ...clock, sleep: () => new Promise(() => {}) });

describe('two machines whose clocks differ', () => {
  const differences = [-CLOCKS_DIFFER_MS, -29_000, -1, 0, 1, 29_000, CLOCKS_DIFFER_MS];

  /** Two machines with a storage in common; the second one's clock differs by `ms`. */
  function twoMachines(ms: number) {
    const first = fakeClock();
    const second = fakeClock({ now: first.now() + ms });
    const pass = async (time: number) => {
      for (let passed = 0; passed < time; passed += 500) {
        await first.advance(500);
        await second.advance(500);
      }
    };
    return { storage: platformStorage(), first, second, pass };
  }

  test.each(differences)(
    'with %i ms between them, nobody takes the lease of a run that is alive',
    async (ms) => {
      const { storage, first, second, pass } = twoMachines(ms);
      const holder = begin(storage, first, 'holder');
      await pass(500);
      const taken = await holder;
      if (!('lease' in taken)) throw new Error('not taken');
      for (const phase of [500, 4_000, 7_500, 1_000]) {
        const asked = begin(storage, second, 'other');
        await pass(20_000);
        expect(await asked).toMatchObject({ heldBy: { owner: 'holder' } });
        expect(taken.lease.isHeld()).toBe(true);
        await pass(phase);
      }
    },
  );

  test.each(differences)(
    'with %i ms between them, one that has died has given up before another takes over',
    async (ms) => {
      const { storage, first, second, pass } = twoMachines(ms);
      const holder = begin(storage, standingStill(first), 'dead');
      await settle();
      const taken = await holder;
      if (!('lease' in taken)) throw new Error('not taken');
      let isTaken = false;
      for (let asked = 0; asked < 100 && !isTaken; asked += 1) {
        const other = begin(storage, second, 'other');
        other.then((answer) => {
          if (!('lease' in answer)) return;
          isTaken = true;
          expect(taken.lease.isHeld()).toBe(false);
        });
        await pass(3_500);
      }
      expect(isTaken).toBe(true);
    },
  );

  test('is told at once of a holder that renews its lease, not after the whole watch', async () => {
    const { storage, first, second, pass } = twoMachines(29_000);
    begin(storage, first, 'holder');
    await pass(500);
    const asked = begin(storage, second, 'other');
    await pass(LEASE_MS / 2);
    await expect(Promise.race([asked, 'still watching'])).resolves.toHaveProperty('heldBy');
  });

  test('a run that has no time to watch counts a lease in doubt as held', async () => {
    const { storage, first, second } = twoMachines(29_000);
    begin(storage, standingStill(first), 'dead');
    await settle();
    const deadline = createDeadline({ clock: second, budgetMs: LEASE_MS });
    const open = openDocumentRunStore(createWebtaskStore(storage.handle()), second);
    const store = open({ remaining: deadline.remaining }).state;
    const asked = acquireLease({ store, clock: second, deadline, owner: 'us', progress: makeRecord() });
    await settle();
    await expect(Promise.race([asked, 'watching'])).resolves.toHaveProperty('heldBy');
  });
});

describe('a time of day that is set', () => {
  test('back by an hour, neither keeps a dead run alive nor kills a live one', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const holder = await begin(storage, standingStill(clock), 'still');
    if (!('lease' in holder)) throw new Error('not taken');
    const { lease } = holder;
    clock.set(-3_600_000);
    expect(lease.isHeld()).toBe(true);
    await clock.advance(LEASE_MS);
    expect(lease.isHeld()).toBe(false);
    const asked = begin(storage, clock, 'us');
    await clock.advance(LEASE_MS);
    expect(await asked).toHaveProperty('lease');
  });

  test('forward past the end of a lease, as by a machine that slept, ends it for its holder too', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    clock.set(LEASE_MS);
    expect(lease.isHeld()).toBe(false);
  });
});

describe('a run that holds the lease', () => {
  test('renews it by the clock, also when it saves nothing', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    for (let seconds = 0; seconds < 300; seconds += 1) {
      await clock.advance(1_000);
      expect(lease.isHeld()).toBe(true);
      expect(Date.parse(stored(storage).lease?.expiresAt ?? '')).toBeGreaterThan(clock.now() + LEASE_MS / 2);
    }
    expect(storage.sets).toBeLessThan(65);
  });

  test('does not renew it right after a save', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    await clock.advance(3_000);
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
    await lease.flush();
    expect(stored(storage)).toMatchObject({ checkpointId: '50', lease: { progress: { logsProcessed: 50 } } });
    expect(storage.sets).toBe(3);
  });

  test('keeps a run that waits for it from saving more than one batch ahead of what is stored', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    storage.fail('set', 'hang', 'hang', 'hang');
    const startedAt = clock.now();
    let saves = 0;
    const saving = (async () => {
      for (saves = 1; saves <= 3; saves += 1) await lease.save({ checkpointId: `${saves}` }, makeRecord());
    })();
    await clock.advance(1_000);
    expect(saves).toBe(2);
    while (saves < 3 && clock.now() < startedAt + LEASE_MS) await clock.advance(100);
    await clock.advance(1_000);
    await Promise.all([saving, lease.flush()]);
    expect(stored(storage)).toMatchObject({ checkpointId: '3' });
  });

  test('keeps what earlier saves said', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    lease.save({ startFrom: '5', checkpointId: '5' }, makeRecord());
    lease.save({ checkpointId: '6' }, makeRecord());
    await settle();
    await lease.flush();
    expect(stored(storage)).toMatchObject({ startFrom: '5', checkpointId: '6' });
  });

  test('does not lose a save to a conflict with somebody who left the lease alone', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    storage.overwrite({ ...stored(storage), theirs: 1 });
    lease.save({ checkpointId: '8' }, makeRecord());
    await settle();
    await lease.flush();
    expect(stored(storage)).toMatchObject({ checkpointId: '8', theirs: 1, lease: { owner: 'us' } });
  });

  test('counts as dead to itself when it has to others, however slow the write of the lease was', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    storage.fail('set', 'hang', 'hang');
    const asked = begin(storage, clock, 'us');
    await clock.advance(9_000);
    const taken = await asked;
    if (!('lease' in taken)) throw new Error('not taken');
    const expiresAt = Date.parse(stored(storage).lease?.expiresAt ?? '');
    expect(expiresAt).toBeLessThan(clock.now() + LEASE_MS - 8_000);
    storage.fail('set', ...Array.from({ length: 50 }, () => 'hang' as const));
    while (clock.now() < expiresAt - 1_000) await clock.advance(500);
    while (clock.now() < expiresAt) await clock.advance(500);
    expect(taken.lease.isHeld()).toBe(false);
  });
});

describe('a run that has lost the lease', () => {
  test('learns it from its next save, and leaves the other’s state alone', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, fakeClock({ now: clock.now() }), 'us');
    await clock.advance(LEASE_MS + CLOCKS_DIFFER_MS);
    const other = await take(storage, clock, 'them');
    other.save({ checkpointId: '100' }, makeRecord());
    await settle();
    await other.flush();

    lease.save({ checkpointId: '8' }, makeRecord());
    await settle();
    await expect(lease.flush()).rejects.toMatchObject({
      code: 'lease_lost',
      message: expect.stringContaining('Another run has taken over'),
    });
    expect(lease.isHeld()).toBe(false);
    await expect(lease.save({ checkpointId: '9' }, makeRecord())).rejects.toThrow(
      'Another run has taken over',
    );
    await expect(lease.release(makeRecord())).rejects.toMatchObject({ code: 'lease_lost' });
    expect(stored(storage)).toMatchObject({ checkpointId: '100', lease: { owner: 'them' } });
  });

  test('learns it when it ends at the latest', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, fakeClock({ now: clock.now() }), 'us');
    await clock.advance(LEASE_MS + CLOCKS_DIFFER_MS);
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
    await expect(lease.save({ checkpointId: '9' }, makeRecord())).rejects.toMatchObject({
      code: 'storage_write',
    });
    await expect(lease.flush()).rejects.toMatchObject({ code: 'storage_write' });
    expect(lease.isHeld()).toBe(false);
  });

  test('does not keep a run from ending when the next renewal comes', async () => {
    const [storage, clock] = [platformStorage(), fakeClock()];
    const lease = await take(storage, clock);
    storage.fail('set', fault, fault, fault, fault);
    lease.save({ checkpointId: '8' }, makeRecord());
    // Renewals come due, but the failure stands.
    await clock.advance(25_000);
    await expect(lease.flush()).rejects.toMatchObject({ code: 'storage_write' });
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
    await lease.flush();
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
    expect(await take(storage, clock, 'next')).toMatchObject({ interruptedRun: undefined });
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
