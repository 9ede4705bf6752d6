import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { parseRunState, type RunRecord, type RunState } from '../../../src/storage/run-state';
import type { HourSums, Overview, TenantStanding } from '../../tenants/overview';
import type { Connection } from './connection';
import { damagedRow } from './errors';
import { parseState, recordText } from './run-store';
import { TENANT_COLUMNS, tenantFields, toTenant } from './tenants';

const HOUR_MS = 3_600_000;

const standingRow = v.object({ ...tenantFields, state: v.string() });
const lastRow = v.object({ tenantId: v.string(), record: v.string() });
const recordRow = v.object({ record: recordText });
const hourRow = v.object({ tenantId: v.string(), hour: v.number(), events: v.number(), failed: v.number() });

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

/** Opens the look at all tenants. */
export function openOverview({ path, query }: Connection): Overview {
  // From one look to the next most are the same, and to parse them takes longer than all else: of a thousand tenants
  // some 60 ms.
  const records = new LRUCache<string, RunRecord>({ max: MOST_RECORDS });
  const states = new LRUCache<string, RunState>({ max: MOST_STATES });
  const recordOf = (text: string): RunRecord => {
    const known = records.get(text);
    if (known) return known;
    const parsed = v.safeParse(recordText, text);
    if (!parsed.success) throw damagedRow(path, new v.ValiError(parsed.issues));
    records.set(text, parsed.output);
    return parsed.output;
  };
  const knownStateOf = (text: string): RunState => {
    const state = states.get(text) ?? stateOf(text);
    states.set(text, state);
    return state;
  };
  /** @param where which tenants, as a condition on the table of the tenants */
  const standings = (where: string, parameters: { name?: string } = {}): TenantStanding[] => {
    const lastRuns = byTenant(
      query(
        lastRow,
        `SELECT run_stores.tenant_id AS tenantId, runs.record
         FROM tenants JOIN run_stores ON run_stores.tenant_id = tenants.id JOIN runs ON runs.id IN
           (SELECT id FROM runs WHERE store_id = run_stores.id ORDER BY id DESC LIMIT 2)
         WHERE ${where}
         ORDER BY runs.id`,
        parameters,
      ),
    );
    return query(
      standingRow,
      `SELECT ${TENANT_COLUMNS}, run_stores.state
       FROM tenants JOIN run_stores ON run_stores.tenant_id = tenants.id WHERE ${where} ORDER BY tenants.name`,
      parameters,
    ).map((row) => ({
      tenant: toTenant(row),
      state: knownStateOf(row.state),
      lastRuns: (lastRuns.get(row.id) ?? []).map(({ record }) => recordOf(record)),
    }));
  };
  return {
    standings: async () => standings('TRUE'),
    standing: async (name) => standings('tenants.name = :name', { name })[0],
    record: async (tenantId, runId) =>
      query(
        recordRow,
        `SELECT record FROM runs
         WHERE run_id = :runId AND store_id = (SELECT id FROM run_stores WHERE tenant_id = :tenantId)`,
        { tenantId, runId },
      )[0]?.record,
    hours: async (tenantIds, from) => {
      const rows = query(
        hourRow,
        `SELECT run_stores.tenant_id AS tenantId, runs.last_start / ${HOUR_MS} AS hour, SUM(runs.events) AS events,
           SUM(runs.failed * runs.runs) AS failed
         FROM json_each(:tenantIds) AS wanted JOIN run_stores ON run_stores.tenant_id = wanted.value
           JOIN runs ON runs.store_id = run_stores.id
         WHERE runs.last_start >= :from GROUP BY 1, 2 ORDER BY 1, 2`,
        { tenantIds: JSON.stringify(tenantIds), from },
      );
      const toSums = ({ hour, events, failed }: v.InferOutput<typeof hourRow>): HourSums => ({
        hour: new Date(hour * HOUR_MS).toISOString(),
        events,
        failed,
      });
      return new Map([...byTenant(rows)].map(([id, hours]) => [id, hours.map(toSums)]));
    },
  };
}
