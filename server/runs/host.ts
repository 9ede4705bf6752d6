import { randomBytes } from 'node:crypto';
import type { Exporter } from '../../src/job/exporter';
import type { RunStore } from '../../src/storage/run-store';
import type { Clock } from '../../src/time';
import type { Database } from '../database/database';
import { openDatabase } from '../database/open-database';
import { troubleInWords } from '../errors';
import type { Given } from '../tenants/environment-tenant';
import { openTenants } from '../tenants/open-tenants';
import type { Overview } from '../tenants/overview';
import type { TenantRegistry } from '../tenants/registry';
import { secretSettings } from '../tenants/secret-reference';
import type { TenantRow } from '../tenants/tenant-store';
import { createLastEvents, type LastEvents } from './last-events';
import { createLiveLog, type LiveLog } from './live-log';
import { type Outage, type OutageWatch, reportOutage, watchOutages } from './outage';
import type { RunNotes } from './run-notes';
import { createRunner, type FinishedRun, type Runner } from './runner';
import { nextDue } from './schedule';
import { createScheduler } from './scheduler';
import { createTenantExporters } from './tenant-exporters';

/** The self-hosted exporter: its tenants, their runs, and what is known of them. */
export interface Host {
  registry: TenantRegistry;
  notes: RunNotes;
  overview: Overview;
  runner: Runner;
  /** State and history of a tenant, for looking at it. */
  storeOf(tenant: TenantRow): RunStore;
  /**
   * The export of a tenant with its settings as they are now.
   *
   * @throws {HostError} where its secrets cannot be read
   */
  exporterOf(tenant: TenantRow): Promise<Exporter>;
  live: Pick<LiveLog, 'name' | 'watch'>;
  /** What went to Segment of a tenant last, in runs of this process; `undefined` where that is not kept. */
  lastEventsOf(tenant: TenantRow): Pick<LastEvents, 'of' | 'forget'> | undefined;
  /** Random text of this installation, which outlives the process and leaves it never. */
  secret: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Why nothing can be stored; `undefined` where it can. Tries again first where it has failed before. */
  trouble(): Promise<Outage | undefined>;
  /** Looks at once at what is due: a tenant has changed. */
  wake(): void;
}

/** A host, as whoever has opened it has it. */
export interface OpenHost extends Host {
  /** Where everything is kept. */
  readonly folder: string;
  /**
   * Brings the tenants in step with the environment and TENANTS_FILE: before anything runs.
   *
   * @param isHost whether what is not given any more is let go of: not by a command beside a host
   * @returns warnings, in sentences
   * @throws {HostError} where the file cannot be used
   */
  refresh(isHost: boolean): Promise<string[]>;
  /**
   * Keeps the schedules of all tenants from now on. Where there is one, and its schedule is kept, it runs at once.
   *
   * @returns the run at once; `undefined` where there is none, or another process has begun it
   */
  begin(): Promise<FinishedRun | undefined>;
  /** Begins no run any more, lets those under way finish their batch, and closes the database. */
  close(): Promise<void>;
}

/** What a host is opened with. */
export interface HostOptions {
  /** DATA_DIR. */
  folder: string;
  given: Given;
  /** ENCRYPTION_KEY and ENCRYPTION_KEY_FILE; empty where not given. */
  encryption: { key: string; keyFile: string };
  /** TENANTS_FILE; empty where not given. */
  tenantsFile: string;
  /** Whether to take over what the former version kept in the folder of its one tenant. */
  importsFormer: boolean;
  /** IANA name, of tenants that name none. */
  timeZone: string;
  /** What references to variables are read from. */
  env: Readonly<Record<string, string | undefined>>;
  /** Runs at once, at most. */
  maxConcurrentRuns: number;
  /** Days that the history keeps runs for. */
  historyDays: number;
  /** Whether what goes to Segment of a tenant is kept in memory for a while, to be looked at. */
  keepsLastEvents: (tenant: TenantRow) => boolean;
  clock: Clock;
  /** Fires when the process is asked to stop: no run begins any more, and those under way finish their batch. */
  stop: AbortSignal;
  /** Told of each run that has ended. */
  onEnd: (finished: FinishedRun) => void;
  /** Told of what goes wrong between runs, in words. */
  onTrouble: (message: string) => void;
}

const PRUNE_EVERY_MS = 60 * 60 * 1000;

/** Drops what is too old from the history, once at once and each hour from then on. */
async function keepPruned(
  database: Database,
  { clock, historyDays, onTrouble }: HostOptions,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    await database.prune(historyDays).catch((error: unknown) => {
      onTrouble(
        `Old runs could not be dropped from the history, it is tried again: ${troubleInWords(error)}`,
      );
    });
    // It ends by the signal.
    await clock.sleep(PRUNE_EVERY_MS, stop).catch(() => {});
  }
}

/**
 * Opens the host on a folder. It runs nothing by itself before it is told to begin.
 *
 * @throws {HostError} where the folder, its database or the key cannot be used: cause and remedy
 */
export async function openHost(options: HostOptions): Promise<OpenHost> {
  const { clock, stop, onTrouble } = options;
  let watch: OutageWatch | undefined;
  const database = await openDatabase({ ...options, onWrite: (error) => watch?.note(error) });
  const { now } = database;
  try {
    const { tenants: store, notes, overview } = database;
    const stopping = new AbortController();
    let pruning: Promise<void> | undefined;
    let isOnly = (await store.list()).length <= 1;
    const tenants = await openTenants({
      ...options,
      store,
      now,
      nextDue: (tenant, after) => nextDue({ ...tenant, isActive: true }, after, isOnly) ?? after,
    });
    const { registry, vault } = tenants;
    if (options.importsFormer) await database.importFormer?.({ secrets: secretSettings, seal: vault.seal });
    watch = watchOutages(database.probe, ({ message }) => {
      reportOutage(message, registry).then(
        (warnings) => warnings.forEach(onTrouble),
        (error: unknown) => onTrouble(troubleInWords(error)),
      );
    });
    const { trouble } = watch;

    const live = createLiveLog(now);
    const lastEvents = createLastEvents(now);
    const lastEventsOf = (tenant: TenantRow) => (options.keepsLastEvents(tenant) ? lastEvents : undefined);
    const change = () => live.add({ kind: 'change', tenant: '', run: '', text: '' });
    const exporters = createTenantExporters({ registry, clock, fetch: globalThis.fetch });
    const runner = createRunner({
      ...options,
      places: options.maxConcurrentRuns,
      exporters,
      openStoreOf: ({ id }) => database.storeOf(id),
      notes,
      live,
      lastEventsOf,
      trouble,
      stop: stopping.signal,
    });
    // A look takes no time that anybody would have to bound.
    const storeOf = ({ id }: TenantRow) =>
      database.storeOf(id)({ remaining: () => Number.POSITIVE_INFINITY });
    const scheduler = createScheduler({
      clock,
      dueTimes: store,
      tenants: store,
      runner,
      changes: database.changes,
      leaseOf: async (tenant) => (await storeOf(tenant).state.read()).lease,
      onCount: (count) => {
        isOnly = count <= 1;
      },
      onChange: change,
      onTrouble,
    });
    const halt = () => {
      stopping.abort();
      scheduler.stop().catch((error: unknown) => onTrouble(troubleInWords(error)));
    };
    if (stop.aborted) halt();
    else stop.addEventListener('abort', halt, { once: true });

    const secret = await database.meta.getOrPut('secret', () => randomBytes(32).toString('base64url'));

    return {
      folder: options.folder,
      registry,
      notes,
      overview,
      runner,
      storeOf,
      exporterOf: async (tenant) => (await exporters.of(tenant)).exporter,
      live,
      lastEventsOf,
      secret,
      now,
      trouble,
      wake: () => {
        change();
        scheduler.wake();
      },
      refresh: tenants.refresh,
      begin: async () => {
        pruning ??= keepPruned(database, options, stopping.signal);
        const [first, ...others] = await registry.list();
        return scheduler.start(others.length === 0 ? first : undefined);
      },
      close: async () => {
        stop.removeEventListener('abort', halt);
        stopping.abort();
        await scheduler.stop();
        await runner.idle();
        await pruning;
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
