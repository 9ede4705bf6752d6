import * as v from 'valibot';
import type { Due, TenantRow } from '../tenants/tenant-store';

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
/** The columns of {@link dueRow}. Settings are read by whoever needs them: one that is damaged holds up nobody else. */
export const DUE_COLUMNS =
  'id, name, schedule, time_zone AS "timeZone", due_at AS "dueAt", due_for AS "dueFor"';
/** A tenant that is due, or will be. */
export const dueRow = v.pipe(
  v.object({
    id: v.string(),
    name: v.string(),
    schedule: v.string(),
    timeZone: v.string(),
    dueAt: v.number(),
    dueFor: v.nullable(v.string()),
    /** The time that it was looked at. */
    now: v.number(),
  }),
  v.transform(({ dueFor, now, ...due }) => ({ now, due: { ...due, isForStream: dueFor === 'stream' } })),
);

/**
 * What is due.
 *
 * @param rows those that are due first, and one more than `limit` where there are as many
 */
export function toDue(rows: readonly v.InferOutput<typeof dueRow>[], limit: number): Due {
  const next = rows.find(({ due, now }, index) => due.dueAt > now || index === limit);
  return {
    tenants: rows.filter(({ due, now }, index) => due.dueAt <= now && index < limit).map(({ due }) => due),
    next: next && Math.max(next.due.dueAt, next.now),
  };
}

/** Ends a transaction whose tenants others have changed. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}
