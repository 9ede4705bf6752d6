import { join } from 'node:path';
import { openDatabase } from '../../../server/database/open-database';
import { openTenants } from '../../../server/tenants/open-tenants';
import type { TenantRow } from '../../../server/tenants/tenant-store';
import { systemClock } from '../../../src/time';

/** A tenant to be added. */
export interface NewTenant {
  name: string;
  settings: Record<string, string>;
  /** Six fields, seconds first. */
  schedule?: string;
  /** IANA name. */
  timeZone?: string;
  isActive?: boolean;
}

/** Adds tenants to the data of a host that has its folder in `folder`, as another process beside it. */
export async function addTenants(folder: string, tenants: readonly NewTenant[]): Promise<void> {
  const dataDir = join(folder, 'data');
  const database = await openDatabase({ folder: dataDir, clock: systemClock });
  try {
    const { registry } = await openTenants({
      store: database.tenants,
      folder: dataDir,
      given: { tenant: 'default', settings: {}, schedule: undefined, timeZone: undefined },
      encryption: { key: '', keyFile: '' },
      tenantsFile: '',
      timeZone: 'UTC',
      env: {},
      nextDue: (_tenant, now) => now,
      now: Date.now,
    });
    for (const { name, ...input } of tenants) await registry.add(name, input, { mayReference: true });
  } finally {
    await database.close();
  }
}

/**
 * Adds so many tenants that are switched off, without checking what nobody will use.
 *
 * @param data where the host keeps its data in its folder
 */
export async function addIdleTenants(folder: string, count: number, data = 'data'): Promise<void> {
  const database = await openDatabase({ folder: join(folder, data), clock: systemClock });
  try {
    const add = Array.from({ length: count }, (_, place): TenantRow => {
      const name = `tenant-${String(place).padStart(4, '0')}`;
      return {
        id: name,
        name,
        origin: 'stored',
        settings: { AUTH0_DOMAIN: `${name}.eu.auth0.com` },
        schedule: '0 */5 * * * *',
        timeZone: 'UTC',
        isActive: false,
        createdAt: new Date().toISOString(),
        dueAt: null,
        version: 1,
      };
    });
    await database.tenants.apply({ add });
  } finally {
    await database.close();
  }
}
