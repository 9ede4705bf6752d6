import type { DueTimes, TenantChange, TenantRow, TenantStore } from '../../tenants/tenant-store';
import { countRow } from '../run-rows';
import {
  changeRow,
  DUE_COLUMNS,
  dueRow,
  MOST_CHANGES,
  Outdated,
  TENANT_COLUMNS,
  tenantRow,
  toDue,
  toTenantColumns,
} from '../tenant-rows';
import type { Connection } from './connection';

/**
 * Adds a tenant within a write, with what was kept of one of that name.
 *
 * @returns `false` where the name is taken
 */
export function addTenant({ run }: Pick<Connection, 'run'>, row: TenantRow): boolean {
  const added = run(
    `INSERT INTO tenants (id, name, origin, settings, schedule, time_zone, is_active, created_at, due_at, version)
     VALUES (:id, :name, :origin, :settings, :schedule, :timeZone, :isActive, :createdAt, :dueAt, :version)
     ON CONFLICT (name) DO NOTHING`,
    toTenantColumns(row),
  );
  if (added === 0) return false;
  const { id, name } = row;
  const kept = run('UPDATE run_stores SET tenant_id = :id, kept_for = NULL WHERE kept_for = :name', {
    id,
    name,
  });
  if (kept === 0) run('INSERT INTO run_stores (tenant_id) VALUES (:id)', { id });
  return true;
}

/**
 * Replaces a tenant, as long as nobody else has changed it.
 *
 * @returns whether nobody has
 */
function replaceTenant(
  { run }: Pick<Connection, 'run'>,
  row: TenantRow,
  changes: readonly TenantChange[],
): boolean {
  const { name: _name, createdAt: _createdAt, ...columns } = toTenantColumns(row);
  const replaced = run(
    `UPDATE tenants SET origin = :origin, settings = :settings,
       due_at = CASE WHEN schedule = :schedule AND time_zone = :timeZone AND is_active = :isActive
         THEN due_at ELSE :dueAt END,
       due_for = CASE WHEN schedule = :schedule AND time_zone = :timeZone AND is_active = :isActive
         THEN due_for END,
       schedule = :schedule, time_zone = :timeZone, is_active = :isActive, version = version + 1
     WHERE id = :id AND version = :version`,
    columns,
  );
  if (replaced === 0) return false;
  const { id } = row;
  for (const { at, name, from, to } of changes) {
    run(
      'INSERT INTO tenant_changes (tenant_id, at, name, was, became) VALUES (:id, :at, :name, :from, :to)',
      {
        id,
        at,
        name,
        from,
        to,
      },
    );
  }
  run(
    `DELETE FROM tenant_changes WHERE tenant_id = :id AND id <=
       (SELECT id FROM tenant_changes WHERE tenant_id = :id ORDER BY id DESC LIMIT 1 OFFSET :most)`,
    { id, most: MOST_CHANGES },
  );
  return true;
}

/**
 * Removes a tenant, with its state and history or without.
 *
 * @param version that it must have; any where left out
 * @returns whether it was there
 */
function removeTenant(
  { run }: Pick<Connection, 'run'>,
  id: string,
  keepState: boolean,
  version: number | null = null,
): boolean {
  if (keepState) {
    run(
      `UPDATE run_stores SET kept_for = (SELECT name FROM tenants WHERE id = :id), tenant_id = NULL
       WHERE tenant_id = :id`,
      { id },
    );
  } else {
    run('DELETE FROM run_stores WHERE tenant_id = :id', { id });
  }
  return (
    run('DELETE FROM tenants WHERE id = :id AND version = COALESCE(:version, version)', { id, version }) === 1
  );
}

/** Opens the tenants and their due times. */
export function openTenants({ query, run, write }: Connection): TenantStore & DueTimes {
  return {
    list: async () => query(tenantRow, `SELECT ${TENANT_COLUMNS} FROM tenants ORDER BY name`),
    find: async (name) =>
      query(tenantRow, `SELECT ${TENANT_COLUMNS} FROM tenants WHERE name = :name`, { name })[0],
    add: async (row) => write(() => addTenant({ run }, row)),
    replace: async (row, changes) => write(() => replaceTenant({ run }, row, changes)),
    apply: async ({ add = [], replace = [], remove = [] }) => {
      try {
        write(() => {
          const isDone =
            remove.every((one) => removeTenant({ run }, one.id, one.keepState, one.version)) &&
            replace.every(({ row, changes }) => replaceTenant({ run }, row, changes)) &&
            add.every((row) => addTenant({ run }, row));
          if (!isDone) throw new Outdated();
        });
        return true;
      } catch (error) {
        if (error instanceof Outdated) return false;
        throw error;
      }
    },
    remove: async (id, keepState) => {
      write(() => removeTenant({ run }, id, keepState));
    },
    changes: async (id, limit) =>
      query(
        changeRow,
        `SELECT at, name, was AS "from", became AS "to" FROM tenant_changes
         WHERE tenant_id = :id ORDER BY id DESC LIMIT :limit`,
        { id, limit },
      ),
    count: async () => query(countRow, 'SELECT COUNT(*) AS "count" FROM tenants')[0]?.count ?? 0,
    due: async (now, limit) =>
      toDue(
        query(
          dueRow,
          `SELECT ${DUE_COLUMNS}, :now AS now FROM tenants
           WHERE is_active = 1 AND due_at IS NOT NULL ORDER BY due_at LIMIT :rows`,
          { now, rows: limit + 1 },
        ),
        limit,
      ),
    claim: async (id, dueAt, nextDueAt) =>
      run(
        `UPDATE tenants SET due_at = :nextDueAt, due_for = NULL
         WHERE id = :id AND is_active = 1 AND due_at = :dueAt`,
        { id, dueAt, nextDueAt },
      ) === 1,
    bringForward: async (id, at) =>
      run(
        `UPDATE tenants SET due_at = :at, due_for = 'stream'
         WHERE id = :id AND is_active = 1 AND (due_at IS NULL OR due_at > :at)`,
        { id, at },
      ) === 1,
  };
}
