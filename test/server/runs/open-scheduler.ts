import { onTestFinished } from 'vitest';
import type { Database } from '../../../server/database/database';
import { openDatabase } from '../../../server/database/open-database';
import { createEmbeddedScheduler } from '../../../server/runs/embedded-scheduler';
import { createLiveLog } from '../../../server/runs/live-log';
import { createRunner, type Runner } from '../../../server/runs/runner';
import type { Scheduler } from '../../../server/runs/scheduler';
import type { DueTimes, TenantRow, TenantStore } from '../../../server/tenants/tenant-store';
import type { JobAnswer, RunOptions } from '../../../src/job/run-job';
import type { FakeClock } from '../../support/fake-clock';
import { makeRecord } from '../../support/make-record';
import { makeTenant } from '../database/open-test-database';

/** A run that was begun. */
export interface BegunRun {
  tenant: string;
  trigger: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** What a tenant's export does, in place of one that asks servers. */
export type Work = (tenant: TenantRow, options: RunOptions) => Promise<JobAnswer>;

/** What a run leaves that has done nothing. */
export const done: JobAnswer = { statusCode: 200, body: { status: makeRecord(), checkpoint: null } };

/** The scheduler and the runner of one process, on a database that others may share. */
export interface TestScheduler {
  database: Database;
  scheduler: Scheduler;
  runner: Runner;
  begun: BegunRun[];
  troubles: string[];
  stop: AbortController;
  /** Adds a tenant as another process would see it. */
  add(name: string, row?: Partial<TenantRow>): Promise<TenantRow>;
}

/** Opens one, which ends with the test. */
export async function openScheduler({
  folder,
  clock,
  places = 8,
  work = async () => done,
  dueTimes = (real) => real,
  tenants = (real) => real,
}: {
  folder: string;
  clock: FakeClock;
  places?: number;
  work?: Work;
  dueTimes?: (real: DueTimes) => DueTimes;
  tenants?: (real: TenantStore) => TenantStore;
}): Promise<TestScheduler> {
  const now = () => clock.now();
  const database = await openDatabase({ folder, clock });
  const begun: BegunRun[] = [];
  const troubles: string[] = [];
  const stop = new AbortController();
  const exporterOf = (tenant: TenantRow) => ({
    exporter: {
      run: (options: RunOptions) => {
        begun.push({
          tenant: tenant.name,
          trigger: runner.running().get(tenant.id)?.trigger ?? '',
          at: clock.now(),
        });
        return work(tenant, options);
      },
      replay: () => {
        throw new Error('no replay here');
      },
      preview: () => {
        throw new Error('no preview here');
      },
      newestLogTime: async () => undefined,
      findStart: async () => undefined,
      deleteClient: async () => {},
    },
    redactor: { text: (text: string) => text, data: <T>(data: T) => data, add: () => {} },
    budgetMs: 240_000,
    excluded: '',
  });
  const runner = createRunner({
    places,
    clock,
    exporters: { of: async (tenant) => exporterOf(tenant), failing: async (tenant) => exporterOf(tenant) },
    openStoreOf: ({ id }) => database.storeOf(id),
    notes: database.notes,
    live: createLiveLog(now),
    lastEventsOf: () => undefined,
    trouble: async () => undefined,
    stop: stop.signal,
    onEnd: () => {},
    onTrouble: (message) => troubles.push(message),
  });
  const scheduler = createEmbeddedScheduler({
    clock,
    dueTimes: dueTimes(database.tenants),
    tenants: tenants(database.tenants),
    runner,
    changes: database.changes,
    leaseOf: async ({ id }) =>
      (
        await database
          .storeOf(id)({ remaining: () => 1_000 })
          .state.read()
      ).lease,
    onCount: () => {},
    onChange: () => {},
    onTrouble: (message) => troubles.push(message),
  });
  onTestFinished(async () => {
    stop.abort();
    await scheduler.stop();
    await database.close();
  });
  return {
    database,
    scheduler,
    runner,
    begun,
    troubles,
    stop,
    add: async (name, row = {}) => {
      const tenant = makeTenant(name, {
        id: `id-${name}`,
        createdAt: new Date(now()).toISOString(),
        dueAt: now(),
        ...row,
      });
      await database.tenants.add(tenant);
      return tenant;
    },
  };
}
