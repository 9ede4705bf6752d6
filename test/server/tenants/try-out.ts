import type { ResolvedSettings } from '../../../server/tenants/registry';
import type { SetupLine } from '../../../server/tenants/setup/set-up';
import { createTenant } from '../../../src/auth0/client';
import { unwrapError } from '../../../src/auth0/errors';
import { getLogPage } from '../../../src/auth0/logs';
import { ExportError } from '../../../src/errors';
import { createRedactor } from '../../../src/redactor';
import { type Clock, createDeadline } from '../../../src/time';

const BUDGET_MS = 30_000;

/** What a tenant is tried out with. */
interface TryOutOptions {
  fetch: typeof fetch;
  clock: Clock;
  random: () => number;
}

/**
 * Asks a tenant for a token, a log and a user, as an export does. Nothing is sent to Segment.
 *
 * @param settings as a run finds them
 * @returns what came of it: in a line, or two where something failed
 */
export async function tryOut(settings: ResolvedSettings, options: TryOutOptions): Promise<SetupLine[]> {
  const {
    AUTH0_DOMAIN: domain = '',
    AUTH0_CLIENT_ID: clientId = '',
    AUTH0_CLIENT_SECRET: clientSecret = '',
  } = settings;
  const redactor = createRedactor([clientSecret]);
  const tenant = createTenant({
    ...options,
    domain,
    clientId,
    clientSecret,
    deadline: createDeadline({ clock: options.clock, budgetMs: BUDGET_MS }),
    redact: (text) => redactor.text(text),
    onRequest: () => {},
    onToken: (token) => redactor.add(token),
  });
  try {
    await getLogPage(tenant.logs, { sort: 'date:-1', per_page: 1, page: 0 });
    await tenant.users.list({ per_page: 1, include_totals: false });
    return [{ step: 'check', outcome: 'ok', text: 'The application may read the logs and the users.' }];
  } catch (error) {
    const cause = unwrapError(error);
    if (!(cause instanceof ExportError)) throw error;
    return [{ step: 'check', outcome: 'failed', text: cause.message }];
  }
}
