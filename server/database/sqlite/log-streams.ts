import type { LogStreamStore } from '../../log-streams/log-stream-store';
import { logStreamRow, STATE_COLUMNS, stateValues } from '../log-stream-columns';
import type { Connection } from './connection';

const SELECT = `SELECT log_streams.*, tenants.name, tenants.version
  FROM log_streams JOIN tenants ON tenants.id = log_streams.tenant_id`;

/** Opens the log streams. */
export function openLogStreams({ query, run, write }: Connection): LogStreamStore {
  const byId = (tenantId: string) =>
    query(logStreamRow, `${SELECT} WHERE log_streams.tenant_id = :tenantId`, { tenantId })[0];
  return {
    list: async () => query(logStreamRow, `${SELECT} ORDER BY tenants.name`),
    find: async (tenant) => query(logStreamRow, `${SELECT} WHERE tenants.name = :tenant`, { tenant })[0],
    putToken: async (tenantId, tokenHash) =>
      run(
        `INSERT INTO log_streams (tenant_id, token_hash) SELECT id, :tokenHash FROM tenants WHERE id = :tenantId
         ON CONFLICT (tenant_id) DO UPDATE SET token_hash = excluded.token_hash`,
        { tenantId, tokenHash },
      ) === 1,
    change: async (tenantId, change) => {
      // Most runs are those of tenants without one: they need not write.
      if (!byId(tenantId)) return undefined;
      return write(() => {
        const row = byId(tenantId);
        if (!row) return undefined;
        const changed = change(row.state);
        const values = stateValues(changed.state);
        run(
          `UPDATE log_streams SET ${STATE_COLUMNS.map((name) => `${name} = :${name}`).join(', ')}
           WHERE tenant_id = :tenant_id`,
          {
            tenant_id: tenantId,
            ...Object.fromEntries(STATE_COLUMNS.map((name, place) => [name, values[place] ?? null])),
          },
        );
        return changed;
      });
    },
  };
}
