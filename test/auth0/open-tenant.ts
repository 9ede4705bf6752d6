import type { TenantOptions, TenantSandbox } from '../../server/sandbox/tenant/tenant';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { type StartedClients, startClients } from './start-clients';

/** The Auth0 clients of a run, and the tenant on this machine that they ask. */
export interface OpenTenant extends StartedClients {
  sandbox: TenantSandbox;
}

/** A tenant of a sandbox that is closed when the test ends, and the clients of a run of 22 seconds. */
export async function openTenant(
  options: TenantOptions = {},
  other: { fetch?: typeof fetch; clientSecret?: string; isFirstRun?: boolean } = {},
): Promise<OpenTenant> {
  const { tenant: sandbox } = await openSandbox({ tenant: { recordRequests: true, ...options } });
  const { domain, clientId, clientSecret } = sandbox;
  return { ...startClients({ domain, clientId, clientSecret, ...other }), sandbox };
}
