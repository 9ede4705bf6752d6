import { LRUCache } from 'lru-cache';
import type { SandboxOptions } from '../../server/sandbox/sandbox';
import { generateUsers } from '../../server/sandbox/tenant/generate-users';
import type { User } from '../../src/auth0/user';
import { createFindUsers, type FoundUser, type WantedUser } from '../../src/auth0/users';
import type { ExportError } from '../../src/errors';
import { openSandbox } from '../server/sandbox/open-sandbox';
import type { FakeClock } from '../support/fake-clock';
import { startClients } from './start-clients';

export const users = generateUsers({ count: 400 });
/** Ids of users that the tenant has. */
export const idsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => users.idAt(first + index));

/** A user of an event of which the search index knows everything by now. */
const longAgo = (id: string): WantedUser => ({ id, at: 0, isSignup: false });

/** A tenant, and the lookups of runs that share one process. */
export async function openUserLookup(tenantOptions: SandboxOptions['tenant'] = {}) {
  const sandbox = await openSandbox({ tenant: { users, recordRequests: true, ...tenantOptions } });
  const cache = new LRUCache<string, FoundUser<User> & { kept: User }>({ max: 5_000 });
  const lookedUp: number[] = [];
  const malformed: string[] = [];
  const { domain, clientId, clientSecret } = sandbox.tenant;
  const pauses: ExportError[] = [];
  const clocks: FakeClock[] = [];
  const startRun = (budgetMs?: number) => {
    const { clock, ...tenant } = startClients({
      domain,
      clientId,
      clientSecret,
      ...(budgetMs && { budgetMs }),
    });
    clocks.push(clock);
    const findUsers = createFindUsers(tenant, {
      clock,
      cache,
      keep: (user) => user,
      onLookUp: (count) => lookedUp.push(count),
      onMalformed: (id) => malformed.push(id),
      onSearchPause: (failure) => pauses.push(failure),
    });
    return (wanted: readonly (string | WantedUser)[]) =>
      findUsers(wanted.map((user) => (typeof user === 'string' ? longAgo(user) : user)));
  };
  const requests = () => {
    const { 'user-search': searches, user: singles } = sandbox.tenant.requests;
    sandbox.tenant.requests.reset();
    return { searches, singles };
  };
  return { sandbox, cache, startRun, requests, lookedUp, malformed, pauses, clocks };
}
