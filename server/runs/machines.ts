import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../../src/time';
import { openSharedQueue } from '../database/open-database';
import type { PostgresDatabase } from '../database/postgres/open-postgres';
import { troubleInWords } from '../errors';
import { manifest } from '../manifest';
import type { RunQueue } from './run-queue';
import type { Runner } from './runner';
import { createSharedLiveLog, type SharedLiveLog } from './shared-live-log';
import type { Role } from './workers';

/** PostgreSQL, as processes on several machines use it. */
export interface SharedDatabaseSetup {
  /** DATABASE_URL. */
  url: string;
  /** PGSSLROOTCERT. */
  rootCertificate?: string | undefined;
}

/** A process tells that it is there this often. */
const TELL_EVERY_MS = 5_000;

/** What a process has in common with those on other machines. */
export interface Machines {
  queue: RunQueue;
  live: SharedLiveLog;
  /** Begins to tell the others that this process is there, and what it runs. */
  tell(running: Runner['running']): void;
  /** Tells the others that it ends. */
  close(): Promise<void>;
}

/** What a process takes part with. */
interface MachinesOptions {
  setup: SharedDatabaseSetup;
  database: PostgresDatabase;
  role: Role;
  /** Runs at once, at most. */
  places: number;
  /** By the clock of the database. */
  clock: Clock;
  /** Told of what goes wrong, in words. */
  onTrouble: (message: string) => void;
}

/**
 * Takes part as one of the processes on a database.
 *
 * @throws {HostError} where the queue of runs cannot be used
 */
export async function joinMachines(options: MachinesOptions): Promise<Machines> {
  const { setup, database, role, places, clock, onTrouble } = options;
  const queue = await openSharedQueue({ ...setup, onTrouble, monotonic: () => clock.monotonic() });
  const id = randomUUID();
  const live = createSharedLiveLog({ events: database.liveEvents, worker: id, clock, onTrouble });
  const ended = new AbortController();
  let telling: Promise<void> | undefined;

  const tell = async (running: Runner['running']): Promise<void> => {
    let isTroubled = false;
    while (!ended.signal.aborted) {
      const runs = [...running().values()].map(({ tenant, run, startedAt }) => ({ tenant, run, startedAt }));
      try {
        await database.workers.put({
          id,
          host: hostname(),
          pid: process.pid,
          role,
          version: manifest.version,
          places: role === 'web' ? 0 : places,
          runs,
        });
        isTroubled = false;
      } catch (error) {
        if (!isTroubled) onTrouble(`The other machines cannot see this process: ${troubleInWords(error)}`);
        isTroubled = true;
      }
      await clock.sleep(TELL_EVERY_MS, ended.signal).catch(() => {});
    }
  };

  return {
    queue,
    live,
    tell: (running) => {
      telling ??= tell(running);
    },
    close: async () => {
      ended.abort();
      await telling;
      await live.close();
      // It is forgotten by itself where that fails, as after a kill.
      await database.workers.remove(id).catch(() => {});
    },
  };
}
