import { ClientsClient } from 'auth0/clients';
import { createManagementAuth } from 'auth0/management';
import { createTenantFetch } from '../../../src/auth0/tenant-fetch';
import { tenantUrl } from '../../../src/auth0/tenant-url';
import type { Clock } from '../../../src/time/clock';
import { startDeadline } from '../../../src/time/deadline';
import type { Installation } from '../installation/installation';

/** The Dashboard waits for the hook; after this it goes on without the client being deleted. */
const BUDGET_MS = 5_000;

/**
 * Deletes the client that the platform created for the extension.
 *
 * @throws {ExportError} in words, when the tenant does not do it
 */
export async function deleteClient(
  { domain, clientId, clientSecret }: Installation,
  {
    fetch,
    clock,
    redact,
  }: { fetch: typeof globalThis.fetch; clock: Clock; redact: (text: string) => string },
): Promise<void> {
  const deadline = startDeadline({ clock, budgetMs: BUDGET_MS });
  const makeAuth = () => createManagementAuth({ domain, clientId, clientSecret, fetch: tenantFetch });
  const token = async () => String(await makeAuth().getToken());
  const tenantFetch = createTenantFetch({
    domain,
    fetch,
    clock,
    deadline,
    random: Math.random,
    getToken: token,
    forgetToken: () => {},
    redact,
    onRequest: () => {},
  });
  try {
    const clients = new ClientsClient({
      baseUrl: `${tenantUrl(domain)}/api/v2`,
      token,
      fetch: tenantFetch,
      maxRetries: 0,
    });
    await clients.delete(clientId);
  } finally {
    deadline.giveUp();
  }
}
