import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { DatabaseError } from '../../../server/database/errors';
import { openSqlite } from '../../../server/database/sqlite/open-sqlite';
import type { TenantRow } from '../../../server/tenants/tenant-store';
import { systemClock } from '../../../src/time';
import { temporaryFolder } from '../../support/temporary-folder';

/** Monday, 3 March 2025, 12:00 UTC. */
export const NOON = Date.parse('2025-03-03T12:00:00.000Z');

/** Opens a database that is closed when the test ends. */
export async function openTestDatabase({
  folder,
  now = () => NOON,
  onWrite,
}: {
  folder?: string;
  now?: () => number;
  onWrite?: (error?: DatabaseError) => void;
} = {}) {
  const database = await openSqlite({
    folder: folder ?? (await temporaryFolder()),
    clock: { ...systemClock, now },
    ...(onWrite && { onWrite }),
  });
  onTestFinished(() => database.close());
  return database;
}

/** A tenant that is due at noon. */
export function makeTenant(name: string, fields: Partial<TenantRow> = {}): TenantRow {
  return {
    id: randomUUID(),
    name,
    origin: 'stored',
    settings: { AUTH0_DOMAIN: `${name}.eu.auth0.com` },
    schedule: '0 */5 * * * *',
    timeZone: 'UTC',
    isActive: true,
    createdAt: new Date(NOON).toISOString(),
    dueAt: NOON,
    version: 1,
    ...fields,
  };
}
