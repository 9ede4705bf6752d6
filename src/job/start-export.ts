import type { BaseLogger } from 'pino';
import { createTenant } from '../auth0/tenant';
import { ExportError } from '../errors/export-error';
import type { Redactor } from '../redaction/create-redactor';
import { createDeliver } from '../segment/deliver';
import { sourceOf } from '../segment/message-id';
import type { Settings } from '../settings/settings';
import type { RunLease } from '../storage/run-lease';
import type { RunRecord } from '../storage/run-record';
import type { Clock } from '../time/clock';
import type { Deadline } from '../time/deadline';
import { type ExportEnd, exportLogs } from './export-logs';
import { findStart } from './find-start';
import type { RunProgress } from './start-progress';
import type { TenantCache } from './tenant-cache';

/** What of a run its export is made of. */
export interface ExportParts {
  fetch: typeof fetch;
  clock: Clock;
  deadline: Deadline;
  random: () => number;
  redactor: Redactor;
  tenantCache: TenantCache;
  lease: RunLease;
  progress: RunProgress;
  log: Pick<BaseLogger, 'info'>;
  onProgress?: ((record: RunRecord) => void) | undefined;
}

/** Joins the tenant, the delivery and the start that these settings mean, and exports. */
export function startExport(settings: Settings, parts: ExportParts): Promise<ExportEnd> {
  const { fetch, clock, deadline, random, redactor, tenantCache, lease, progress, log, onProgress } = parts;
  const tenant = createTenant({
    ...settings.tenant,
    accessToken: tenantCache.accessToken,
    fetch,
    clock,
    deadline,
    random,
    redact: redactor.text,
    onRequest: progress.countRequest,
    onToken: redactor.add,
  });
  const deliver = createDeliver({
    ...settings.segment,
    // Asked for each request: a process may have stood still since the last.
    fetch: async (input, init) => {
      if (!lease.isAlive()) {
        throw new ExportError(
          'lease_lost',
          'This run stood still, or could not renew its lease, for so long that another may have taken over, so it stopped. Nothing is lost: the next run goes on from the checkpoint.',
        );
      }
      return fetch(input, init);
    },
    clock,
    deadline,
    random,
    onRequest: () => progress.countRequest('segment'),
  });
  const start = findStart(lease.state, settings.startFrom);
  log.info({ start: start.kind, checkpoint: lease.state.checkpointId }, 'run started');
  return exportLogs({
    tenant,
    deliver,
    source: sourceOf(settings.segment.writeKey),
    lease,
    progress,
    userCache: tenantCache.users,
    clock,
    deadline,
    start,
    batchSize: settings.batchSize,
    redactor,
    onBatch: (record) => onProgress?.(record),
  });
}
