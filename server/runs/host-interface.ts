import type { Exporter } from '../../src/job/exporter';
import type { JobAnswer } from '../../src/job/run-job';
import type { RunStore } from '../../src/storage/run-store';
import type { Overview } from '../tenants/overview';
import type { TenantRegistry } from '../tenants/registry';
import type { TenantRow } from '../tenants/tenant-store';
import type { RunNotes, RunTrigger } from './run-notes';

/** Something that happened just now. */
export interface LiveEvent {
  /** Counted from 1 since this process started. */
  id: number;
  /** ISO 8601. */
  at: string;
  kind: 'line' | 'begin' | 'end' | 'change';
  /** Name of the tenant that it is about. */
  tenant: string;
  /** The run that it is about; empty where it is about none. */
  run: string;
  text: string;
}

/** A run that has ended, in this process. */
export interface FinishedRun {
  id: string;
  tenant: TenantRow;
  trigger: RunTrigger;
  /** ISO 8601. */
  startedAt: string;
  answer: JobAnswer;
}

/** Runs the exports of all tenants, a bounded number at once, longest waiting first, never two of one tenant. */
export interface Runner {
  /** Ids of the tenants that this process runs now, with the run's id and what the run has done so far. */
  running(): ReadonlyMap<string, { run: string; startedAt: string; trigger: RunTrigger }>;
  /**
   * Runs a tenant's export once a place is free.
   *
   * @returns `undefined` where one of it is waiting or under way in this process already, or the host stops
   */
  run(tenant: TenantRow, trigger: RunTrigger, dueAt: number): Promise<FinishedRun | undefined>;
  /** Places that are free now. */
  free(): number;
  /** Resolves when none is waiting or under way. */
  idle(): Promise<void>;
}

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
  live: {
    /** Random: tells the events of this process from those of another. */
    readonly name: string;
    watch(after: number, onEvent: (event: LiveEvent) => void): () => void;
  };
  /** Random text of this installation, which outlives the process and leaves it never. */
  secret: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Why nothing can be stored; `undefined` where it can. Tries again first where it has failed before. */
  trouble(): Promise<{ reason: string; message: string } | undefined>;
  /** Looks at once at what is due: a tenant has changed. */
  wake(): void;
}
