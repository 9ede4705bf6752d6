import { randomBytes } from 'node:crypto';
import type { Exporter } from '../../src/job/exporter';
import type { RunStore } from '../../src/storage/run-store';
import type { Clock } from '../../src/time';
import type { Database } from '../database/database';
import { openDatabase, openSharedDatabase } from '../database/open-database';
import type { PostgresDatabase } from '../database/postgres/open-postgres';
import { troubleInWords } from '../errors';
import { createLogStreams, type LogStreams, type NotedTriggers } from '../log-streams/log-streams';
import { createTriggerTokens, type TriggerTokens } from '../log-streams/trigger-tokens';
import type { Given } from '../tenants/environment-tenant';
import { openTenants } from '../tenants/open-tenants';
import type { Overview } from '../tenants/overview';
import type { TenantRegistry } from '../tenants/registry';
import { secretSettings } from '../tenants/secret-reference';
import type { TenantRow } from '../tenants/tenant-store';
import { createDistributedScheduler } from './distributed-scheduler';
import { createEmbeddedScheduler } from './embedded-scheduler';
import { createLastEvents, type LastEvents } from './last-events';
import { createLiveLog, type LiveLog } from './live-log';
import { joinMachines, type Machines, type SharedDatabaseSetup } from './machines';
import { type Outage, type OutageWatch, reportOutage, watchOutages } from './outage';
import { createQueuedRuns } from './queued-runs';
import type { RunNotes, RunTrigger } from './run-notes';
import type { QueueDepth } from './run-queue';
import { createRunner, type FinishedRun, type Runner } from './runner';
import { nextDue } from './schedule';
import type { Scheduler } from './scheduler';
import { createTenantExporters } from './tenant-exporters';
import type { Role, Worker } from './workers';

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
  /** The same of the runs of this process alone; its changes are those of tenants themselves. */
  here: Pick<LiveLog, 'watch'>;
  /** What went to Segment of a tenant last, in runs of this process; `undefined` where that is not kept. */
  lastEventsOf(tenant: TenantRow): Pick<LastEvents, 'of' | 'forget'> | undefined;
  /**
   * Has a tenant run as soon as a place is free: here, or on whichever machine is.
   * Where one waits already, that is it. What becomes of it is seen in the live log.
   *
   * @throws {HostError} where it cannot be asked for
   */
  ask(tenant: TenantRow, trigger: RunTrigger): Promise<void>;
  /**
   * Ends a tenant's run that is under way, here or on another machine that shares the database: it finishes its batch,
   * or gives up what it waits for, and is recorded as cancelled unless it had read everything.
   *
   * @returns whether there was one that is not ending already
   * @throws {HostError} where the other machines cannot be asked
   */
  cancel(tenant: TenantRow): Promise<boolean>;
  /** Whether processes on other machines may share the database. */
  readonly isShared: boolean;
  /** The processes on this database, the oldest first; none where there is only this one. */
  workers(): Promise<Worker[]>;
  /** How many runs wait for a process that is free; `undefined` where there is only this one. */
  queue(): Promise<QueueDepth | undefined>;
  /** What Auth0's log streams announce. */
  logStreams: LogStreams;
  /** What their posts are authorized with. */
  triggerTokens: TriggerTokens;
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
  /** Where everything is kept: a folder, or host, port and name of a database. */
  readonly place: string;
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
  /** DATA_DIR; not looked at where there is another database. */
  folder: string;
  /** PostgreSQL instead of a file in the folder. */
  database?: SharedDatabaseSetup | undefined;
  /** What this process does for the others on that database; left out: it is a command beside them. */
  role?: Role | undefined;
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
  /** Milliseconds between two runs of a tenant that its log stream asks for, at least. */
  triggerIntervalMs: number;
  /** Whether what goes to Segment of a tenant is kept in memory for a while, to be looked at. */
  keepsLastEvents: (tenant: TenantRow) => boolean;
  clock: Clock;
  /** Fires when the process is asked to stop: no run begins any more, and those under way finish their batch. */
  stop: AbortSignal;
  /** Told of each run that has ended. */
  onEnd: (finished: FinishedRun) => void;
  /** Told of what log streams have announced to this process. */
  onTriggers?: ((noted: NotedTriggers) => void) | undefined;
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

/** Takes part as one of several processes, where this one is to. */
async function join(
  database: PostgresDatabase,
  { database: setup, role, maxConcurrentRuns: places, onTrouble }: HostOptions,
  clock: Clock,
): Promise<Machines | undefined> {
  return setup && role && joinMachines({ setup, database, role, places, clock, onTrouble });
}

/**
 * Opens the host on a folder. It runs nothing by itself before it is told to begin.
 *
 * @throws {HostError} where the folder, its database or the key cannot be used: cause and remedy
 */
export async function openHost(options: HostOptions): Promise<OpenHost> {
  const { clock, stop, onTrouble } = options;
  let watch: OutageWatch | undefined;
  const onWrite = (error?: Outage) => watch?.note(error);
  const places = options.maxConcurrentRuns;
  const shared =
    options.database && (await openSharedDatabase({ ...options.database, clock, places, onWrite }));
  const database = shared ?? (await openDatabase({ ...options, onWrite }));
  const { now } = database;
  const databaseClock: Clock = {
    now,
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  let machines: Machines | undefined;
  try {
    const { tenants: store, notes, overview } = database;
    const stopping = new AbortController();
    let pruning: Promise<void> | undefined;
    let isOnly = (await store.count()) <= 1;
    const tenants = await openTenants({
      ...options,
      folder: shared ? undefined : options.folder,
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

    const lastEvents = createLastEvents(now);
    const lastEventsOf = (tenant: TenantRow) => (options.keepsLastEvents(tenant) ? lastEvents : undefined);
    machines = shared && (await join(shared, options, databaseClock));
    const here = createLiveLog(now);
    const live = machines?.live ?? createLiveLog(now);
    const change = (areTenants: boolean) => {
      for (const log of areTenants ? [live, here] : [live]) {
        log.add({ kind: 'change', tenant: '', run: '', text: '' });
      }
    };
    const exporters = createTenantExporters({ registry, clock, fetch: globalThis.fetch });
    const logStreams = createLogStreams({
      store: database.logStreams,
      dueTimes: store,
      registry,
      intervalMs: options.triggerIntervalMs,
      clock,
      now,
      wake: () => {
        change(false);
        scheduler.wake();
      },
      onNoted: options.onTriggers ?? (() => {}),
      onTrouble,
    });
    const runner = createRunner({
      ...options,
      clock: databaseClock,
      places,
      onEnd: (finished) => {
        options.onEnd(finished);
        logStreams.noteRun(finished);
      },
      exporters,
      openStoreOf: ({ id }) => database.storeOf(id),
      notes,
      live: {
        add: (event) => {
          here.add(event);
          live.add(event);
        },
      },
      lastEventsOf,
      trouble,
      stop: stopping.signal,
    });
    // A look takes no time that anybody would have to bound.
    const storeOf = ({ id }: TenantRow) =>
      database.storeOf(id)({ remaining: () => Number.POSITIVE_INFINITY });
    const leaseOf = async (tenant: TenantRow) => (await storeOf(tenant).state.read()).lease;
    const common = {
      clock: databaseClock,
      dueTimes: store,
      tenants: store,
      changes: () => database.changes(),
      onCount: (count: number) => {
        isOnly = count <= 1;
      },
      onChange: change,
      onTrouble,
    };
    const runQueued = (queue: Machines['queue']) =>
      createQueuedRuns({ ...common, runner, queue, leaseOf, stop: stopping.signal });
    const scheduler: Scheduler =
      shared && machines
        ? createDistributedScheduler({
            ...common,
            random: Math.random,
            claimAnd: shared.claimAnd,
            queue: machines.queue,
            cancelHere: runner.cancel,
            worker: options.role === 'web' ? undefined : { places, run: runQueued(machines.queue) },
          })
        : createEmbeddedScheduler({ ...common, runner, leaseOf });
    const wake = () => {
      change(true);
      scheduler.wake();
    };
    const halt = () => {
      stopping.abort();
      scheduler.stop().catch((error: unknown) => onTrouble(troubleInWords(error)));
    };
    if (stop.aborted) halt();
    else stop.addEventListener('abort', halt, { once: true });

    const secret = await database.meta.getOrPut('secret', () => randomBytes(32).toString('base64url'));

    const joined = machines;
    return {
      place: shared ? database.name : options.folder,
      registry,
      notes,
      overview,
      runner,
      storeOf,
      exporterOf: async (tenant) => (await exporters.of(tenant)).exporter,
      live,
      here,
      lastEventsOf,
      ask: scheduler.ask,
      cancel: scheduler.cancel,
      isShared: shared !== undefined,
      workers: async () => (await shared?.workers.list()) ?? [],
      queue: async () => joined?.queue.depth(),
      logStreams,
      triggerTokens: createTriggerTokens(database.logStreams),
      secret,
      now,
      trouble,
      wake,
      refresh: tenants.refresh,
      begin: async () => {
        pruning ??= keepPruned(database, options, stopping.signal);
        joined?.tell(runner.running);
        const [first, ...others] = await registry.list();
        return scheduler.start(others.length === 0 ? first : undefined);
      },
      close: async () => {
        stop.removeEventListener('abort', halt);
        stopping.abort();
        await scheduler.stop();
        await runner.idle();
        await logStreams.idle();
        await pruning;
        await joined?.close();
        await database.close();
      },
    };
  } catch (error) {
    await machines?.queue.stop();
    await machines?.close();
    await database.close();
    throw error;
  }
}
