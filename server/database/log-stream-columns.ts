import * as v from 'valibot';
import type { LogStreamRow } from '../log-streams/log-stream-store';
import type { StreamState } from '../log-streams/stream-state';

const stateFields = {
  noted_id: v.nullable(v.string()),
  last_trigger_at: v.nullable(v.number()),
  triggers: v.number(),
  pull_at: v.nullable(v.number()),
  reached_id: v.nullable(v.string()),
  asked: v.number(),
  silent_since: v.nullable(v.number()),
  told_at: v.nullable(v.number()),
};

/** The columns of a log stream's state, in the order of {@link stateValues}. */
export const STATE_COLUMNS: readonly string[] = Object.keys(stateFields);

/** A log stream as it is kept, but for whose it is. */
export const storedStreamRow = v.object({ token_hash: v.string(), ...stateFields });

/** A state as its columns have it, in their order. */
export const stateValues = (state: StreamState): readonly (string | number | null)[] => [
  state.notedId,
  state.lastTriggerAt,
  state.triggers,
  state.pullAt,
  state.reachedId,
  state.asked,
  state.silentSince,
  state.toldAt,
];

/** A log stream as both databases keep it, with its tenant's name and version. */
export const logStreamRow = v.pipe(
  v.object({
    tenant_id: v.string(),
    name: v.string(),
    version: v.number(),
    token_hash: v.string(),
    ...stateFields,
  }),
  v.transform(
    (row): LogStreamRow => ({
      tenantId: row.tenant_id,
      tenant: row.name,
      tenantVersion: row.version,
      tokenHash: row.token_hash,
      state: {
        notedId: row.noted_id,
        lastTriggerAt: row.last_trigger_at,
        triggers: row.triggers,
        pullAt: row.pull_at,
        reachedId: row.reached_id,
        asked: row.asked,
        silentSince: row.silent_since,
        toldAt: row.told_at,
      },
    }),
  ),
);
