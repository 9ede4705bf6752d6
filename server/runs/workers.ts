/** What a process of several on one database does: keeps schedules and runs tenants, shows the Dashboard, or both. */
export const roles = ['all', 'worker', 'web'] as const;

/** See {@link roles}. */
export type Role = (typeof roles)[number];

/** A run that a process has under way. */
interface WorkerRun {
  /** Name of the tenant. */
  tenant: string;
  run: string;
  /** ISO 8601. */
  startedAt: string;
}

/** A process that takes part, as it says itself. */
export interface Worker {
  /** Random, of this process alone. */
  id: string;
  /** Name of its machine. */
  host: string;
  pid: number;
  role: Role;
  /** Of this program. */
  version: string;
  /** Runs at once, at most. */
  places: number;
  /** ISO 8601, by the database's clock. */
  startedAt: string;
  /** ISO 8601, by the database's clock: when it was last heard of. */
  seenAt: string;
  runs: readonly WorkerRun[];
}

/** Keeps what is known of the processes that take part. Implemented by the database alone. */
export interface Workers {
  /** Notes that a process is there, by the database's clock, and forgets those that nobody has heard of for a day. */
  put(worker: Omit<Worker, 'startedAt' | 'seenAt'>): Promise<void>;
  /** Those that were heard of within a minute, the oldest first. */
  list(): Promise<Worker[]>;
  /** Forgets a process, which has ended. */
  remove(id: string): Promise<void>;
}
