import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { parseRunState, type RunRecord, type RunState } from '../../src/storage/run-state';
import type { HourSums, TenantStanding } from '../tenants/overview';
import type { DatabaseError } from './errors';
import { parseState, recordText } from './run-rows';
import { tenantFields, toTenant } from './tenant-rows';

/** Of the hours that sums are made of. */
export const HOUR_MS = 3_600_000;

/** A tenant with its state. */
export const standingRow = v.object({ ...tenantFields, state: v.string(), rejected: v.number() });
/** How long rejected calls show at their tenant. */
export const REJECTED_SHOWN_MS = 24 * HOUR_MS;
/** One of its newest records, whose text is parsed later. */
export const lastRow = v.object({ tenantId: v.string(), record: v.string() });
/** A record alone. */
export const recordRow = v.object({ record: recordText });
/** Sums of an hour, counted from 1970. */
export const hourRow = v.object({
  tenantId: v.string(),
  hour: v.number(),
  events: v.number(),
  replayed: v.number(),
  failed: v.number(),
});

/** The rows of each tenant; Node 20 has no Map.groupBy. */
function byTenant<T extends { tenantId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.tenantId);
    if (group) group.push(row);
    else groups.set(row.tenantId, [row]);
  }
  return groups;
}

/** A damaged state fails the runs of its tenant, which say so; it must not hide the other tenants. */
function stateOf(text: string): RunState {
  try {
    return parseState(text);
  } catch {
    return { ...parseRunState(undefined), checkpointLost: true };
  }
}

/** Two records of each of some thousand tenants. */
const MOST_RECORDS = 5_000;
const MOST_STATES = 2_500;

/**
 * Makes what puts the rows of tenants together.
 *
 * From one look to the next most are the same, and to parse them takes longer than all else: of a thousand tenants
 * some 60 ms. So what was parsed is kept.
 *
 * @param damaged the error for a record that is not what was written there
 */
export function createStandings(damaged: (error: unknown) => DatabaseError) {
  const records = new LRUCache<string, RunRecord>({ max: MOST_RECORDS });
  const states = new LRUCache<string, RunState>({ max: MOST_STATES });
  const recordOf = (text: string): RunRecord => {
    const known = records.get(text);
    if (known) return known;
    const parsed = v.safeParse(recordText, text);
    if (!parsed.success) throw damaged(new v.ValiError(parsed.issues));
    records.set(text, parsed.output);
    return parsed.output;
  };
  const knownStateOf = (text: string): RunState => {
    const state = states.get(text) ?? stateOf(text);
    states.set(text, state);
    return state;
  };
  /** @param last the newest two records of each, oldest first */
  return (
    rows: readonly v.InferOutput<typeof standingRow>[],
    last: readonly v.InferOutput<typeof lastRow>[],
  ): TenantStanding[] => {
    const lastRuns = byTenant(last);
    return rows.map((row) => ({
      tenant: toTenant(row),
      state: knownStateOf(row.state),
      lastRuns: (lastRuns.get(row.id) ?? []).map(({ record }) => recordOf(record)),
      rejected: row.rejected,
    }));
  };
}

const toSums = ({ hour, ...sums }: v.InferOutput<typeof hourRow>): HourSums => ({
  hour: new Date(hour * HOUR_MS).toISOString(),
  events: sums.events,
  replayed: sums.replayed,
  failed: sums.failed,
});

/** The sums of hours, by tenant id. */
export const hoursByTenant = (rows: readonly v.InferOutput<typeof hourRow>[]): Map<string, HourSums[]> =>
  new Map([...byTenant(rows)].map(([id, hours]) => [id, hours.map(toSums)]));
