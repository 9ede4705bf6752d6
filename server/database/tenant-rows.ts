import * as v from 'valibot';
import type { TenantRow } from '../tenants/tenant-store';

/** Changes of a tenant that are kept at most. */
export const MOST_CHANGES = 200;

/** The columns of {@link tenantRow}, of the table of the tenants. */
export const TENANT_COLUMNS = `
  tenants.id, tenants.name, tenants.origin, tenants.settings, tenants.schedule, tenants.time_zone, tenants.is_active,
  tenants.created_at, tenants.due_at, tenants.version`;

/** The fields of {@link TENANT_COLUMNS}. */
export const tenantFields = {
  id: v.string(),
  name: v.string(),
  origin: v.picklist(['stored', 'declared', 'environment']),
  settings: v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string())),
  schedule: v.string(),
  time_zone: v.string(),
  is_active: v.number(),
  created_at: v.string(),
  due_at: v.nullable(v.number()),
  version: v.number(),
};

const tenantColumns = v.object(tenantFields);

/** A tenant as the columns say it. */
export function toTenant(columns: v.InferOutput<typeof tenantColumns>): TenantRow {
  const { id, name, origin, settings, schedule, version } = columns;
  return {
    id,
    name,
    origin,
    settings,
    schedule,
    timeZone: columns.time_zone,
    isActive: columns.is_active === 1,
    createdAt: columns.created_at,
    dueAt: columns.due_at,
    version,
  };
}

/** A row of {@link TENANT_COLUMNS}. */
export const tenantRow = v.pipe(tenantColumns, v.transform(toTenant));

/** The columns of a tenant. */
export const toTenantColumns = (row: TenantRow) => ({
  id: row.id,
  name: row.name,
  origin: row.origin,
  settings: JSON.stringify(row.settings),
  schedule: row.schedule,
  timeZone: row.timeZone,
  isActive: row.isActive ? 1 : 0,
  createdAt: row.createdAt,
  dueAt: row.dueAt,
  version: row.version,
});

/** A change of a tenant. */
export const changeRow = v.object({ at: v.string(), name: v.string(), from: v.string(), to: v.string() });
/** A tenant that is due. */
export const dueRow = v.pipe(
  v.object({ id: v.string(), name: v.string(), dueAt: v.number(), dueFor: v.nullable(v.string()) }),
  v.transform(({ dueFor, ...due }) => ({ ...due, isForStream: dueFor === 'stream' })),
);
/** When the next is due. */
export const nextDueRow = v.object({ dueAt: v.nullable(v.number()) });

/** Ends a transaction whose tenants others have changed. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}
