import pg from 'pg';
import { type ConstructorOptions, type Job, PgBoss, type QueueOptions } from 'pg-boss';
import * as v from 'valibot';
import { HostError, troubleInWords } from '../../errors';
import { triggers } from '../../runs/run-notes';
import { type RunQueue, type RunRequest, runCancelled } from '../../runs/run-queue';
import { type Address, parseAddress } from './address';
import { toDatabaseError } from './errors';
import { existsRow, SCHEMA_EXISTS } from './migrations';
import { openPlaces } from './places';
import { openPool, SECURE_SESSION } from './pool';

/** pg-boss keeps its tables in a schema of its own, which it migrates itself. */
const SCHEMA = 'auth0_logs_to_segment_queue';
const RUNS = 'runs';
const DEAD_RUNS = 'dead-runs';

/** After so long without a sign of life of its worker, a run is another's; pg-boss permits no less. */
const HEARTBEAT_SECONDS = 10;
const HEARTBEAT_EVERY_SECONDS = 3;
/** What a worker that has died had taken is announced to nobody: without this, it would wait for half a minute. */
const POLL_EVERY_SECONDS = 1;
/** That a run was given up helps nobody a second earlier. */
const POLL_DEAD_EVERY_SECONDS = 2;
/** Dead workers are looked for this often, by one of all processes. */
const WATCH_EVERY_SECONDS = 1;
/** A run that has ended so many workers is given up: it may be what ends them. */
const MOST_WORKERS = 10;
/** Longer than MAX_RUN_SECONDS may be; pg-boss permits less than a day only. */
const LONGEST_RUN_SECONDS = 24 * 60 * 60 - 1;
/** Every second pg-boss counts what is done since it last tidied up: unless told otherwise, a day before. */
const KEEP_DONE_SECONDS = 10 * 60;
const TIDY_EVERY_SECONDS = 5 * 60;
const KEEP_DEAD_SECONDS = 24 * 60 * 60;
/** For taking, settling and heartbeats, which take milliseconds each; besides it one listens. */
const CONNECTIONS = 3;
/** For a server that is gone without a word, which a system gives up after a quarter of an hour; and one that is slow. */
const LONGEST_ANSWER_MS = 20_000;
/** Within the ten seconds that a process has to end. */
const STOPS_WITHIN_MS = 9_000;
/** The same trouble, as of a server that is down, is told this often. */
const TELL_AGAIN_MS = 60_000;

/** What somebody asked for who waits for it goes first. */
const AHEAD = 1;

const request = v.object({
  tenantId: v.string(),
  tenant: v.string(),
  trigger: v.picklist(triggers),
  dueAt: v.number(),
});

/** pg-boss counts the same, but not how long the oldest has waited unless it keeps a row of it each second. */
const DEPTH = `
  SELECT (pg_catalog.count(*) FILTER (WHERE name = $1 AND state < 'active'))::pg_catalog.float8 AS "waiting",
    (pg_catalog.count(*) FILTER (WHERE name = $1 AND state = 'active'))::pg_catalog.float8 AS "active",
    COALESCE(pg_catalog.round(extract(epoch FROM pg_catalog.clock_timestamp()
      - pg_catalog.min(start_after) FILTER (WHERE name = $1 AND state < 'active')) * 1000), 0)::pg_catalog.float8 AS "oldestWaitMs",
    (pg_catalog.count(*) FILTER (WHERE name = $2))::pg_catalog.float8 AS "dead"
  FROM ${SCHEMA}.job WHERE (name = $1 AND state <= 'active') OR name = $2`;

const TAKEN = `SELECT id::pg_catalog.text AS "id" FROM ${SCHEMA}.job WHERE name = $1 AND state = 'active' AND singleton_key = $2`;
const takenRow = v.object({ id: v.string() });
/** What pg-boss answers when it has cancelled: its types leave it out. */
const cancelledAnswer = v.object({ affected: v.number() });

const depthRow = v.object({
  waiting: v.number(),
  active: v.number(),
  oldestWaitMs: v.pipe(
    v.number(),
    // The clock may have been set back since.
    v.transform((ms) => Math.max(0, ms)),
  ),
  dead: v.number(),
});

export interface QueueSetup {
  /** DATABASE_URL. */
  url: string;
  /** PGSSLROOTCERT. */
  rootCertificate?: string | undefined;
  /** Told of what goes wrong by itself, in words. */
  onTrouble: (message: string) => void;
  /** Milliseconds since some moment. */
  monotonic: () => number;
  /** How long an answer of the database is waited for. */
  longestAnswerMs?: number;
}

/** What pg-boss copies of an error: of PostgreSQL's own it has all the fields, but is none. */
const copiedError = v.looseObject({ message: v.string(), code: v.optional(v.string()) });

/** An error that pg-boss tells of, as it was before it was copied. */
function toError(told: unknown): unknown {
  const copied = v.safeParse(copiedError, told);
  if (told instanceof Error || !copied.success) return told;
  const { message, code = '' } = copied.output;
  // SQLSTATE, of five characters; all others are the system's.
  const error = /^[0-9A-Z]{5}$/.test(code) ? new pg.DatabaseError(message, 0, 'error') : new Error(message);
  return Object.assign(error, copied.output);
}

/** Tells of each trouble once, and again where it goes on. */
function teller(
  { onTrouble, monotonic }: Pick<QueueSetup, 'onTrouble' | 'monotonic'>,
  address: Address,
): (error: unknown) => void {
  const told = new Map<string, number>();
  return (error) => {
    const now = monotonic();
    const message = troubleInWords(toDatabaseError(toError(error), address));
    if (now - (told.get(message) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    for (const [one, at] of told) if (now - at >= TELL_AGAIN_MS) told.delete(one);
    told.set(message, now);
    onTrouble(`The queue of runs has trouble, it is tried again: ${message}`);
  };
}

/** What pg-boss hands on to the pool that it makes, though its types do not name it. */
const poolOptions = (longestAnswerMs: number) => ({
  query_timeout: longestAnswerMs,
  onConnect: async (client: pg.ClientBase) => {
    await client.query(SECURE_SESSION);
  },
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
});

interface BossSetup {
  address: Address;
  longestAnswerMs: number;
  hasSchema: boolean;
}

const bossOptions = ({ address: { config }, longestAnswerMs, hasSchema }: BossSetup): ConstructorOptions => {
  const { host, port, database, user, password, ssl } = config;
  return {
    ...poolOptions(longestAnswerMs),
    ...(host ? { host } : {}),
    ...(port ? { port } : {}),
    ...(database ? { database } : {}),
    ...(user ? { user } : {}),
    ...(typeof password === 'string' ? { password } : {}),
    ssl,
    schema: SCHEMA,
    // PostgreSQL checks the right to create schemas before it sees that this one exists.
    createSchema: !hasSchema,
    application_name: 'auth0-logs-to-segment queue',
    max: CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    // When runs come is said by the tenants' due times alone.
    schedule: false,
    useListenNotify: true,
    superviseIntervalSeconds: WATCH_EVERY_SECONDS,
    monitorIntervalSeconds: WATCH_EVERY_SECONDS,
    maintenanceIntervalSeconds: TIDY_EVERY_SECONDS,
    queueCacheIntervalSeconds: WATCH_EVERY_SECONDS,
    persistWarnings: false,
    registerInstance: false,
  };
};

/** What a worker that has died costs, and how long a run may take: of both queues. */
const queueOptions: QueueOptions = {
  retryLimit: MOST_WORKERS,
  retryDelay: 0,
  expireInSeconds: LONGEST_RUN_SECONDS,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  deleteAfterSeconds: KEEP_DONE_SECONDS,
  retentionSeconds: KEEP_DEAD_SECONDS,
};

const polling = (seconds: number) => ({
  pollingIntervalSeconds: seconds,
  notifyPollingIntervalSeconds: seconds,
});

/** Returns true if the queue's schema exists; it may still be empty. */
async function hasQueueSchema(address: Address, longestAnswerMs: number): Promise<boolean> {
  const pool = openPool(address, { connections: 1, statementTimeoutMs: longestAnswerMs });
  try {
    const { rows } = await pool.query(SCHEMA_EXISTS, [SCHEMA]);
    return v.parse(v.tuple([existsRow]), rows)[0].exists;
  } catch (error) {
    throw toDatabaseError(error, address);
  } finally {
    await pool.end();
  }
}

/** Makes both queues where they are not there, and brings those of another version to what they are in this one. */
async function prepareQueues(boss: PgBoss): Promise<void> {
  const dead: QueueOptions = { ...queueOptions, deleteAfterSeconds: KEEP_DEAD_SECONDS };
  await boss.createQueue(DEAD_RUNS, dead);
  await boss.createQueue(RUNS, {
    ...queueOptions,
    policy: 'stately',
    notify: true,
    deadLetter: DEAD_RUNS,
  });
  await boss.updateQueue(RUNS, { ...queueOptions, notify: true });
}

/**
 * Opens the queue of runs, and makes its schema where it is not there.
 *
 * @throws {HostError} where the database cannot be used
 */
export async function openQueue(setup: QueueSetup): Promise<RunQueue> {
  const { url, rootCertificate, onTrouble, longestAnswerMs = LONGEST_ANSWER_MS } = setup;
  const address = await parseAddress(url, rootCertificate);
  const tell = teller(setup, address);
  const hasSchema = await hasQueueSchema(address, longestAnswerMs);
  const boss = new PgBoss(bossOptions({ address, longestAnswerMs, hasSchema }));
  boss.on('error', tell);
  boss.on('warning', ({ message }) => tell(new HostError(message)));
  const close = (timeout: number) => boss.stop({ graceful: true, timeout, close: true });
  let isStopping = false;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toDatabaseError(error, address);
    }
  };

  try {
    await guarded(async () => {
      await boss.start();
      await prepareQueues(boss);
    });
  } catch (error) {
    await close(0).catch(tell);
    throw error;
  }

  const parse = ({ data }: Pick<Job<unknown>, 'data'>): RunRequest | undefined => {
    const parsed = v.safeParse(request, data);
    return parsed.success ? parsed.output : undefined;
  };

  /**
   * Fires when the job's own does, with why: pg-boss says of a job that was cancelled what it says of one taken over. Not
   * once it has ended, of which pg-boss says the same.
   */
  const takenOf = ({ id, signal }: Job<unknown>, ended: AbortSignal): AbortSignal => {
    const taken = new AbortController();
    const why = async () => {
      const [found] = await boss.findJobs(RUNS, { id });
      return found?.state === 'cancelled' ? runCancelled() : signal.reason;
    };
    const abort = () => {
      why().then(
        (reason) => taken.abort(reason),
        (error: unknown) => {
          tell(error);
          taken.abort(signal.reason);
        },
      );
    };
    signal.addEventListener('abort', abort, { signal: ended });
    return taken.signal;
  };

  return {
    send: (run, transaction) =>
      guarded(async () => {
        const id = await boss.send(RUNS, run, {
          singletonKey: run.tenantId,
          priority: run.trigger === 'manual' ? AHEAD : 0,
          ...(transaction ? { db: transaction } : {}),
        });
        return id !== null;
      }),
    work: async (places, handle) => {
      const runJob = async (job: Job<unknown> | undefined) => {
        const run = job && parse(job);
        // What a newer version may have asked for is none that this one can run.
        if (!job || !run) throw new HostError('The queue holds a run that this version cannot read.');
        const ended = new AbortController();
        try {
          await handle(run, takenOf(job, ended.signal));
        } finally {
          ended.abort();
        }
      };
      const takeJobs = {
        ...polling(POLL_EVERY_SECONDS),
        heartbeatRefreshSeconds: HEARTBEAT_EVERY_SECONDS,
        burstWhenReadyExceeds: 1,
      };
      await guarded(async () => {
        await openPlaces<Job<unknown> | undefined>(
          {
            most: places,
            open: (take) => boss.work<unknown>(RUNS, takeJobs, ([job]) => take(job)),
            close: (id) => boss.offWork(RUNS, { id, wait: false }),
            onTrouble: (error) => {
              // There is none to open in a process that ends.
              if (!isStopping) tell(error);
            },
          },
          runJob,
        );
        await boss.work<unknown>(DEAD_RUNS, polling(POLL_DEAD_EVERY_SECONDS), async ([job]) => {
          const run = job && parse(job);
          if (!run) return;
          onTrouble(
            `A run of tenant ${run.tenant} was given up: ${MOST_WORKERS + 1} workers that had taken it ended before it did. The tenant runs again when it is due; look into the output of the workers for what ended them, such as too little memory.`,
          );
        });
      });
    },
    cancel: (tenantId) =>
      guarded(async () => {
        const { rows } = await boss.getDb().executeSql(TAKEN, [RUNS, tenantId]);
        const ids = v.parse(v.array(takenRow), rows).map(({ id }) => id);
        if (ids.length === 0) return false;
        const { affected } = v.parse(cancelledAnswer, await boss.cancel(RUNS, ids));
        return affected > 0;
      }),
    depth: () =>
      guarded(async () => {
        const { rows } = await boss.getDb().executeSql(DEPTH, [RUNS, DEAD_RUNS]);
        const [depth] = v.parse(v.array(depthRow), rows);
        return depth ?? { waiting: 0, active: 0, oldestWaitMs: 0, dead: 0 };
      }),
    stop: () => {
      isStopping = true;
      return close(STOPS_WITHIN_MS).catch(tell);
    },
  };
}
