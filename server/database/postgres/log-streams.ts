import type { LogStreamStore } from '../../log-streams/log-stream-store';
import { logStreamRow, STATE_COLUMNS, stateValues } from '../log-stream-columns';
import type { PostgresConnection } from './connection';
import { SCHEMA } from './schema';

const SELECT = `SELECT log_streams.*, tenants.name, tenants.version
  FROM ${SCHEMA}.log_streams JOIN ${SCHEMA}.tenants ON tenants.id = log_streams.tenant_id`;
const BY_ID = `${SELECT} WHERE log_streams.tenant_id = $1`;

/** Opens the log streams. */
export function openLogStreams({ query, run, transaction }: PostgresConnection): LogStreamStore {
  return {
    list: () => query(logStreamRow, `${SELECT} ORDER BY tenants.name`),
    find: async (tenant) => (await query(logStreamRow, `${SELECT} WHERE tenants.name = $1`, [tenant]))[0],
    putToken: async (tenantId, tokenHash) =>
      (await run(
        `INSERT INTO ${SCHEMA}.log_streams (tenant_id, token_hash)
         SELECT id, $2 FROM ${SCHEMA}.tenants WHERE id = $1
         ON CONFLICT (tenant_id) DO UPDATE SET token_hash = excluded.token_hash`,
        [tenantId, tokenHash],
      )) === 1,
    change: async (tenantId, change) => {
      // Most runs are those of tenants without one: they need no transaction.
      if ((await query(logStreamRow, BY_ID, [tenantId])).length === 0) return undefined;
      return transaction(async (session) => {
        const [row] = await session.query(logStreamRow, `${BY_ID} FOR UPDATE OF log_streams`, [tenantId]);
        if (!row) return undefined;
        const changed = change(row.state);
        await session.run(
          `UPDATE ${SCHEMA}.log_streams SET ${STATE_COLUMNS.map((name, place) => `${name} = $${place + 2}`).join(', ')}
           WHERE tenant_id = $1`,
          [tenantId, ...stateValues(changed.state)],
        );
        return changed;
      });
    },
  };
}
