import type { Sandbox } from '../../server/sandbox/sandbox';
import type { TenantLog } from '../../server/sandbox/tenant/types';

/** The tenant's logs that must reach Segment: of the three types, with a user. */
export function exportedLogs(sandbox: Sandbox): TenantLog[] {
  return [...sandbox.tenant.selectedLogs()].filter((log) => Boolean(log.user_id));
}
