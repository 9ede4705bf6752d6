import { createTenant, type Tenant, type TenantOptions } from '../../src/auth0/client';
import { createDeadline, type Deadline } from '../../src/time';
import { type FakeClock, fakeClock } from '../support/fake-clock';

/** The Auth0 clients of a run of 22 seconds. */
export interface StartedClients extends Tenant {
  /** Waits of the run take no time and move this clock on. */
  clock: FakeClock;
  deadline: Deadline;
  /** `token`, `logs` or `users` for each request that was sent. */
  sent: string[];
  /** The access tokens received. */
  tokens: string[];
  /** What was told of requests that were to be tried again. */
  retries: string[];
}

/** Creates the Auth0 clients of a run, of 22 seconds by default. */
export function startClients(
  tenant: Pick<TenantOptions, 'domain' | 'clientId' | 'clientSecret'> & {
    fetch?: typeof fetch;
    isFirstRun?: boolean;
    budgetMs?: number;
  },
): StartedClients {
  const clock = fakeClock({ now: Date.now(), skipsWaits: true });
  const deadline = createDeadline({ clock, budgetMs: tenant.budgetMs ?? 22_000 });
  const sent: string[] = [];
  const tokens: string[] = [];
  const retries: string[] = [];
  const clients = createTenant({
    fetch,
    ...tenant,
    clock,
    deadline,
    random: () => 0.5,
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
    onRequest: (resource) => sent.push(resource),
    onToken: (token) => tokens.push(token),
    onRetry: (sentence) => retries.push(sentence),
  });
  return { ...clients, clock, deadline, sent, tokens, retries };
}
