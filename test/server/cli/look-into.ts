import { join } from 'node:path';
import { openDatabase } from '../../../server/database/open-database';
import type { TenantRow } from '../../../server/tenants/tenant-store';
import type { RunState } from '../../../src/storage/run-state';
import type { RunPage } from '../../../src/storage/run-store';
import { systemClock } from '../../../src/time';

/** A tenant as a folder keeps it. */
export interface KeptTenant {
  tenant: TenantRow;
  state: RunState;
  /** Newest first. */
  runs: RunPage['runs'];
}

/**
 * What is kept of a tenant, also while other processes have the folder open.
 *
 * @param folder working directory of the process
 */
export async function lookInto(folder: string, name = 'default'): Promise<KeptTenant> {
  const database = await openDatabase({ folder: join(folder, 'data'), clock: systemClock });
  try {
    const tenant = await database.tenants.find(name);
    if (!tenant) throw new Error(`There is no tenant ${name}.`);
    const store = database.storeOf(tenant.id)({ remaining: () => 1_000 });
    const { runs } = await store.history.list({ offset: 0, limit: 100 });
    return { tenant, state: await store.state.read(), runs };
  } finally {
    await database.close();
  }
}
