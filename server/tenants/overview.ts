import type { RunRecord, RunState } from '../../src/storage/run-state';
import type { TenantRow } from './tenant-store';

/** What is known of a tenant without looking into its history. */
export interface TenantStanding {
  tenant: TenantRow;
  state: RunState;
  /** Its newest records, oldest first; two at most. */
  lastRuns: readonly RunRecord[];
  /** Calls that Segment rejected within the last day, and since the last replay that succeeded. */
  rejected: number;
}

/** What a tenant's runs did in one hour. */
export interface HourSums {
  /** ISO 8601 start of the hour, UTC. */
  hour: string;
  events: number;
  /** Events of replays, and of the runs that continue a replay. */
  replayed: number;
  failed: number;
}

/** Looks at all tenants in a few queries, however many there are. Implemented by the database alone. */
export interface Overview {
  standings(): Promise<TenantStanding[]>;
  standing(name: string): Promise<TenantStanding | undefined>;
  /** What a run of a tenant left, by its id; `undefined` where none is kept under it. */
  record(tenantId: string, runId: string): Promise<RunRecord | undefined>;
  /** By tenant id, the hours from `from` (milliseconds since 1970) on in which runs started. */
  hours(tenantIds: readonly string[], from: number): Promise<Map<string, HourSums[]>>;
}
