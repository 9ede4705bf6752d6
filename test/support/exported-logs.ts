import type { Sandbox } from '../../server/sandbox/start-sandbox';
import type { TenantLog } from '../../server/sandbox/tenant/tenant-log';

/** The tenant's logs that must reach Segment: of the three types, with a user. */
export function exportedLogs(sandbox: Sandbox): TenantLog[] {
  return [...sandbox.tenant.selectedLogs()].filter((log) => Boolean(log.user_id));
}
