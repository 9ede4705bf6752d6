import { type OpenTenantsOptions, openTenants } from '../../../server/tenants/open-tenants';
import { temporaryFolder } from '../../support/temporary-folder';
import { NOON, openTestDatabase } from '../database/open-test-database';

/** Secrets that must stand nowhere but in a sealed value. */
export const CLIENT_SECRET = 'client-secret-Zk3nW8qLp0';
export const SEGMENT_KEY = 'segmentKeyHx7Tq2Vb9';
export const SECRETS = /Zk3nW8qLp0|Hx7Tq2Vb9/;

/** What a tenant needs. */
export const SETTINGS = {
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'client-1',
  AUTH0_CLIENT_SECRET: CLIENT_SECRET,
  SEGMENT_KEY,
};

/** Where nothing is given by environment, arguments or config.json. */
export const NOTHING_GIVEN = { tenant: 'default', settings: {}, schedule: undefined, timeZone: undefined };

/** Opens the tenants of a folder on a database, both of which go when the test ends. Five minutes lie between runs. */
export async function openTestTenants(options: Partial<OpenTenantsOptions> = {}) {
  const folder = options.folder ?? (await temporaryFolder());
  const database = await openTestDatabase({ folder });
  const tenants = await openTenants({
    store: database.tenants,
    folder,
    given: NOTHING_GIVEN,
    encryption: { key: '', keyFile: '' },
    tenantsFile: '',
    timeZone: 'UTC',
    env: {},
    nextDue: (_, now) => now + 300_000,
    now: () => NOON,
    ...options,
  });
  return { ...tenants, store: database.tenants, database, folder };
}
