import { describe, expect, test } from 'vitest';
import { HostError } from '../../../server/errors';
import { nextDue } from '../../../server/runs/schedule';
import { fakeClock, settle } from '../../support/fake-clock';
import { temporaryFolder } from '../../support/temporary-folder';
import { done, openScheduler } from './open-scheduler';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const EVERY_MS = 300_000;
const HOURS_MS = 3 * 3_600_000;

/** One tenant, due first at five past twelve. */
async function openOne(options: Partial<Parameters<typeof openScheduler>[0]> = {}) {
  const clock = fakeClock({ now: NOON });
  const folder = await temporaryFolder();
  const process = await openScheduler({ folder, clock, ...options });
  await process.add('acme', { dueAt: NOON + EVERY_MS });
  process.scheduler.start();
  const times = () => process.begun.map(({ at }) => at - NOON);
  return { ...process, clock, folder, times };
}

describe('when a tenant runs', () => {
  test('when it is due, to the second', async () => {
    const { clock, begun, times } = await openOne();
    await clock.advance(EVERY_MS - 1);
    expect(begun).toEqual([]);
    await clock.advance(1);
    await clock.advance(EVERY_MS);
    expect(times()).toEqual([EVERY_MS, 2 * EVERY_MS]);
    expect(begun.map(({ trigger }) => trigger)).toEqual(['schedule', 'schedule']);
  });

  test('its due time is moved on before it runs', async () => {
    const seen: unknown[] = [];
    const { database, clock } = await openOne({
      work: async ({ name }) => {
        seen.push((await database.tenants.find(name))?.dueAt);
        return done;
      },
    });
    await clock.advance(EVERY_MS);
    expect(seen).toEqual([NOON + 2 * EVERY_MS]);
  });

  test('what was missed while no process was there is caught up once', async () => {
    const clock = fakeClock({ now: NOON });
    const { add, scheduler, begun } = await openScheduler({ folder: await temporaryFolder(), clock });
    await add('acme', { dueAt: NOON - 7 * EVERY_MS });
    scheduler.start();
    await clock.advance(1_000);
    expect(begun).toEqual([{ tenant: 'acme', trigger: 'missed', at: NOON }]);
    await clock.advance(EVERY_MS);
    expect(begun).toHaveLength(2);
  });

  test('the only tenant may run at once, and is not begun a second time as one that is due', async () => {
    const clock = fakeClock({ now: NOON });
    const { add, scheduler, begun } = await openScheduler({ folder: await temporaryFolder(), clock });
    const first = await scheduler.start(await add('acme'));
    expect(first).toMatchObject({ trigger: 'start' });
    await clock.advance(EVERY_MS - 1_000);
    expect(begun).toHaveLength(1);
  });

  test('what is due while its run is under way is run neither beside it nor after it', async () => {
    let end = (_: typeof done) => {};
    const { clock, begun, database } = await openOne({
      work: () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    });
    await clock.advance(2 * EVERY_MS + 1_000);
    expect(begun).toHaveLength(1);
    expect((await database.tenants.find('acme'))?.dueAt).toBe(NOON + 3 * EVERY_MS);
    end(done);
    await clock.advance(EVERY_MS - 2_000);
    expect(begun).toHaveLength(1);
    await clock.advance(2_000);
    expect(begun).toHaveLength(2);
  });

  test('nothing begins after the end', async () => {
    const { clock, begun, scheduler } = await openOne();
    await scheduler.stop();
    await clock.advance(2 * EVERY_MS);
    expect(begun).toEqual([]);
  });
});

describe('the time of day', () => {
  test('set back by hours it does not silence a tenant: its next run comes within the interval', async () => {
    const { clock, begun } = await openOne();
    await clock.advance(EVERY_MS);
    clock.set(-HOURS_MS);
    await clock.advance(EVERY_MS);
    expect(begun).toHaveLength(2);
    await clock.advance(3 * EVERY_MS);
    expect(begun).toHaveLength(5);
  });

  test('set forward by hours one run makes up for all that it left out', async () => {
    const { clock, begun } = await openOne();
    await clock.advance(EVERY_MS);
    clock.set(HOURS_MS);
    await clock.advance(1_000);
    expect(begun.map(({ trigger }) => trigger)).toEqual(['schedule', 'missed']);
    await clock.advance(3 * EVERY_MS);
    expect(begun).toHaveLength(5);
  });

  test('set forward by mistake, and back again, it does not silence a tenant', async () => {
    const { clock, begun } = await openOne();
    clock.set(HOURS_MS);
    await clock.advance(60_000);
    clock.set(-HOURS_MS);
    await clock.advance(EVERY_MS);
    expect(begun).toHaveLength(2);
  });

  test('corrected by a second, or slowly by more, it runs nothing twice', async () => {
    const { clock, times } = await openOne();
    await clock.advance(EVERY_MS);
    for (let corrected = 0; corrected < 20; corrected += 1) {
      clock.set(-1_000);
      await clock.advance(15_000);
    }
    expect(times()).toEqual([EVERY_MS]);
    await clock.advance(20_000);
    expect(times()).toEqual([EVERY_MS, 2 * EVERY_MS]);
  });

  test('set back, it is noticed again where the due times could not be stored', async () => {
    let fails = false;
    const { clock, begun, troubles } = await openOne({
      dueTimes: (real) => ({
        ...real,
        claim: async (...claim) => {
          if (fails) throw new HostError('The disk is full.');
          return real.claim(...claim);
        },
      }),
    });
    await clock.advance(EVERY_MS);
    fails = true;
    clock.set(-HOURS_MS);
    await clock.advance(20_000);
    expect(troubles).toEqual(['The schedule could not be kept, it is tried again: The disk is full.']);
    fails = false;
    await clock.advance(EVERY_MS);
    expect(begun).toHaveLength(2);
  });
});

describe('several processes on one database', () => {
  test('no due run is begun twice, and none is left out', async () => {
    const clock = fakeClock({ now: NOON });
    const folder = await temporaryFolder();
    const processes = [await openScheduler({ folder, clock }), await openScheduler({ folder, clock })];
    const names = Array.from({ length: 20 }, (_, n) => `tenant-${n}`);
    for (const name of names) await processes[0]?.add(name);
    for (const { scheduler } of processes) scheduler.start();
    await clock.advance(4 * EVERY_MS);
    const begun = processes.flatMap((process) => process.begun);
    for (const name of names) {
      const runs = begun.filter(({ tenant }) => tenant === name).map(({ at }) => at);
      // Once as it was added, and then once in each interval.
      expect(runs.length).toBeGreaterThanOrEqual(4);
      expect(runs.length).toBeLessThanOrEqual(5);
      expect(new Set(runs).size).toBe(runs.length);
      for (const [index, at] of [...runs]
        .sort((a, b) => a - b)
        .slice(2)
        .entries()) {
        expect(at - ([...runs].sort((a, b) => a - b)[index + 1] ?? 0)).toBe(EVERY_MS);
      }
    }
    expect(processes.map((process) => process.troubles)).toEqual([[], []]);
  });

  test('a tenant that another adds, reschedules or switches off runs so within a second', async () => {
    const clock = fakeClock({ now: NOON });
    const folder = await temporaryFolder();
    const process = await openScheduler({ folder, clock });
    const other = await openScheduler({ folder, clock });
    process.scheduler.start();
    await clock.advance(10_500);
    const added = await other.add('acme');
    await clock.advance(1_000);
    expect(process.begun).toMatchObject([{ tenant: 'acme' }]);

    const schedule = '*/20 * * * * *';
    const dueAt = nextDue({ ...added, schedule }, clock.now(), true);
    await other.database.tenants.replace({ ...added, schedule, dueAt }, []);
    await clock.advance(60_000);
    expect(process.begun).toHaveLength(4);

    const now = await other.database.tenants.find('acme');
    if (!now) throw new Error('no tenant');
    await other.database.tenants.replace({ ...now, isActive: false, dueAt: null }, []);
    await clock.advance(HOURS_MS / 12);
    expect(process.begun).toHaveLength(4);
  });
});

describe('places', () => {
  test('there are never more runs than places, and who has waited longest comes first', async () => {
    const clock = fakeClock({ now: NOON });
    let most = 0;
    const { add, scheduler, runner, begun } = await openScheduler({
      folder: await temporaryFolder(),
      clock,
      places: 3,
      work: async () => {
        most = Math.max(most, runner.running().size);
        await clock.sleep(7_000);
        return done;
      },
    });
    const names = Array.from({ length: 20 }, (_, n) => `tenant-${n}`);
    for (const [index, name] of names.entries())
      await add(name, { dueAt: NOON - 1_000 * ((index * 7) % 20) });
    scheduler.start();
    await clock.advance(60_000);
    expect(most).toBe(3);
    const waited = (name: string) => (names.indexOf(name) * 7) % 20;
    const order = begun.slice(0, 20).map(({ tenant }) => waited(tenant));
    expect(order).toEqual([...order].sort((a, b) => b - a));
    expect(new Set(order).size).toBe(20);
    // They have waited for a place: nobody was away.
    expect(new Set(begun.map(({ trigger }) => trigger))).toEqual(new Set(['schedule']));
  });

  test('one that hangs, one that rejects and one that throws cost the others nothing', async () => {
    const clock = fakeClock({ now: NOON });
    const { add, scheduler, begun, troubles } = await openScheduler({
      folder: await temporaryFolder(),
      clock,
      places: 2,
      work: ({ name }) => {
        if (name === 'hangs') return new Promise(() => {});
        if (name === 'throws') throw new Error('broken');
        return name === 'rejects' ? Promise.reject(new Error('broken, too')) : Promise.resolve(done);
      },
    });
    for (const name of ['hangs', 'rejects', 'throws', 'acme', 'beta']) await add(name);
    scheduler.start();
    await clock.advance(4 * EVERY_MS);
    const runsOf = (name: string) => begun.filter(({ tenant }) => tenant === name).length;
    expect(runsOf('hangs')).toBe(1);
    for (const name of ['acme', 'beta']) expect(runsOf(name)).toBeGreaterThanOrEqual(4);
    expect(troubles.join('\n')).toMatch(/The run of tenant rejects could not be recorded: .*broken, too/);
    expect(troubles.join('\n')).toMatch(/The run of tenant throws could not be recorded: .*broken/);
  });
});

describe('a run that meets the lease of another process', () => {
  const heldBy = { statusCode: 409, body: { error: 'run_under_way', message: 'Another run.' } } as const;

  async function openLeased() {
    const answers: (typeof done | typeof heldBy)[] = [heldBy];
    const one = await openOne({ work: async () => answers.shift() ?? done });
    const lease = (expiresAt: number) =>
      one.database
        .storeOf('id-acme')({ remaining: () => 1_000 })
        .state.update((state) => ({
          state: {
            ...state,
            lease: {
              owner: 'another',
              startedAt: new Date(NOON).toISOString(),
              expiresAt: new Date(expiresAt).toISOString(),
              progress: {
                start: '',
                end: '',
                startCheckpoint: null,
                checkpoint: null,
                logsRead: 0,
                logsProcessed: 0,
                batches: 0,
                skipped: 0,
                rejected: [],
              },
            },
          },
        }));
    return { ...one, lease };
  }

  test('is tried again when the lease can have expired, and not before', async () => {
    const { clock, lease, times } = await openLeased();
    await clock.advance(EVERY_MS - 1_000);
    await lease(NOON + EVERY_MS + 12_000);
    await clock.advance(12_999);
    expect(times()).toEqual([EVERY_MS]);
    await clock.advance(1);
    await settle();
    expect(times()).toEqual([EVERY_MS, EVERY_MS + 12_000]);
    await clock.advance(EVERY_MS);
    expect(times()).toEqual([EVERY_MS, EVERY_MS + 12_000, 2 * EVERY_MS]);
  });

  test('is left to that process as long as it renews its lease', async () => {
    const { clock, lease, times } = await openLeased();
    await clock.advance(EVERY_MS - 1_000);
    await lease(NOON + EVERY_MS + 12_000);
    await clock.advance(6_000);
    await lease(NOON + EVERY_MS + 20_000);
    await clock.advance(EVERY_MS - 10_000);
    expect(times()).toEqual([EVERY_MS]);
    await clock.advance(10_000);
    expect(times()).toEqual([EVERY_MS, 2 * EVERY_MS]);
  });
});

test('a schedule that cannot be read is said, and holds up nobody', async () => {
  const clock = fakeClock({ now: NOON });
  const { add, scheduler, begun, troubles } = await openScheduler({ folder: await temporaryFolder(), clock });
  await add('broken', { schedule: 'never' });
  await add('acme', { dueAt: NOON + 1 });
  scheduler.start();
  await clock.advance(1_000);
  expect(begun.map(({ tenant }) => tenant)).toContain('acme');
  expect(troubles).toEqual([expect.stringMatching(/^Tenant broken has no run: The schedule is "never"/)]);
});

test('a tenant whose run cannot begin is put off by five minutes, and holds up nobody', async () => {
  const clock = fakeClock({ now: NOON });
  const { add, scheduler, begun, troubles, database } = await openScheduler({
    folder: await temporaryFolder(),
    clock,
    tenants: (real) => ({
      ...real,
      find: async (name) => {
        if (name === 'damaged') throw new TypeError('its settings are no JSON');
        return real.find(name);
      },
    }),
  });
  await add('damaged', { dueAt: NOON - 1_000 });
  await add('acme');
  scheduler.start();
  await clock.advance(1_000);
  expect(begun.map(({ tenant }) => tenant)).toEqual(['acme']);
  expect(troubles).toEqual([
    expect.stringMatching(
      /^The run of tenant damaged could not begin, it is tried again in 5 minutes: .*no JSON/,
    ),
  ]);
  expect((await database.tenants.find('damaged'))?.dueAt).toBe(NOON + EVERY_MS);
});
