import type { TenantOptions } from '../../server/sandbox/tenant/tenant-options';
import type { TenantSandbox } from '../../server/sandbox/tenant/tenant-sandbox';
import { createTenant, type Tenant } from '../../src/auth0/tenant';
import { type Deadline, startDeadline } from '../../src/time/deadline';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { type FakeClock, fakeClock } from '../support/fake-clock';

/** The Auth0 clients of a run, and the tenant on this machine that they ask. */
export interface OpenTenant extends Tenant {
  sandbox: TenantSandbox;
  /** Waits of the run take no time and move this clock on. */
  clock: FakeClock;
  deadline: Deadline;
  /** `token`, `logs` or `users` for each request that was sent. */
  sent: string[];
  /** The access tokens received. */
  tokens: string[];
}

/** A tenant of a sandbox that is closed when the test ends, and the clients of a run of 22 seconds. */
export async function openTenant(
  options: TenantOptions = {},
  { fetch: fetchFn = fetch, clientSecret }: { fetch?: typeof fetch; clientSecret?: string } = {},
): Promise<OpenTenant> {
  const { tenant: sandbox } = await openSandbox({ tenant: { recordRequests: true, ...options } });
  const clock = fakeClock({ now: Date.now(), skipsWaits: true });
  const deadline = startDeadline({ clock, budgetMs: 22_000 });
  const sent: string[] = [];
  const tokens: string[] = [];
  const tenant = createTenant({
    domain: sandbox.domain,
    clientId: sandbox.clientId,
    clientSecret: clientSecret ?? sandbox.clientSecret,
    fetch: fetchFn,
    clock,
    deadline,
    random: () => 0.5,
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
    onRequest: (resource) => sent.push(resource),
    onToken: (token) => tokens.push(token),
  });
  return { ...tenant, sandbox, clock, deadline, sent, tokens };
}
