import { getLogPage } from '../../../src/auth0/get-log-page';
import { createTenant } from '../../../src/auth0/tenant';
import type { JobContext } from '../../../src/job/run-job';
import { parseSettings } from '../../../src/settings/parse-settings';
import { startDeadline } from '../../../src/time/deadline';

const BUDGET_MS = 10_000;

/**
 * When the newest log of the tenant was written: what a drain works towards. It only serves the progress bar,
 * so that where it cannot be had the present takes its place.
 *
 * @returns milliseconds since 1970
 */
export async function newestLogTime({
  config,
  clock,
  fetch,
  random,
  redactor,
  tenantCache,
  stop,
}: JobContext): Promise<number> {
  const { settings } = parseSettings(config);
  if (!settings) return clock.now();
  const deadline = startDeadline({ clock, budgetMs: BUDGET_MS, stop });
  try {
    const tenant = createTenant({
      ...settings.tenant,
      accessToken: tenantCache.accessToken,
      fetch,
      clock,
      deadline,
      random,
      redact: redactor.text,
      onRequest: () => {},
      onToken: redactor.add,
    });
    const page = await getLogPage(tenant.logs, { sort: 'date:-1', per_page: 1, page: 0 });
    return Date.parse(page.logs[0]?.date ?? '') || clock.now();
  } catch {
    return clock.now();
  } finally {
    deadline.end();
  }
}
