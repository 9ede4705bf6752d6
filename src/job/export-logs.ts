import { createFindUsers, type UserCache } from '../auth0/find-users';
import type { LogPage } from '../auth0/parse-log-page';
import type { Tenant } from '../auth0/tenant';
import { ExportError } from '../errors/export-error';
import type { Delivery } from '../segment/deliver';
import type { SegmentCall } from '../segment/segment-call';
import type { RunLease } from '../storage/run-lease';
import type { Clock } from '../time/clock';
import type { Deadline } from '../time/deadline';
import { exportBatch } from './export-batch';
import { mapInOrder } from './map-in-order';
import { readOutstandingLogs, type Start } from './read-outstanding-logs';
import type { RunProgress } from './start-progress';
import { toBatches } from './to-batches';

/** Batches that are looked up and delivered side by side while the next pages are read. */
const BATCHES_AT_ONCE = 4;
/** A run that has so many calls rejected stops: more would not fit into its record. */
const MOST_REJECTED = 200;

/** What an export is made of. */
export interface ExportLogsOptions {
  tenant: Tenant;
  deliver: (calls: readonly SegmentCall[]) => Promise<Delivery>;
  lease: RunLease;
  progress: RunProgress;
  userCache: UserCache;
  start: Start;
  batchSize: number;
  clock: Clock;
  deadline: Deadline;
  /** Called when the checkpoint has passed a batch. */
  onBatch: (progress: RunProgress) => void;
}

/** How an export ended. */
export interface ExportEnd {
  /** Whether logs were left because the time was up. */
  moreToCome: boolean;
  /** What it failed with, and the first log that was not delivered, where that is known. */
  failure?: { error: unknown; logId: string | undefined };
}

/**
 * Sets aside as much time at the end of the run as finishing a batch has lately taken, so that reading goes
 * on as long as what it brings can still be delivered.
 */
function createReserve({ clock, deadline }: { clock: Clock; deadline: Deadline }) {
  const most = deadline.remaining() / 3;
  let slowest = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const begun = clock.now();
    const result = await work();
    slowest = Math.max(clock.now() - begun, slowest * 0.9);
    deadline.reserve(Math.min(100 + slowest * 1.5, most));
    return result;
  };
}

/**
 * The export: reads what is outstanding, keeps what is exported, and delivers it batch by batch with the
 * profiles of its users. Reading, looking up and delivering overlap; the checkpoint moves in order, past
 * each batch once every call of it is delivered or recorded as rejected.
 *
 * @throws {ExportError} `lease_lost` or `storage_write`, when the checkpoint can no longer be kept
 */
export async function exportLogs(options: ExportLogsOptions): Promise<ExportEnd> {
  const { tenant, deliver, lease, progress, userCache, start, batchSize, clock, deadline, onBatch } = options;
  const findUsers = createFindUsers(tenant.users, userCache, progress.countUsers);
  const timed = createReserve({ clock, deadline });
  let outOfTime = false;
  const mayGoOn = () => {
    outOfTime ||= !deadline.allowsRequestIn(0);
    return !outOfTime;
  };

  async function* counted(pages: AsyncIterable<LogPage>) {
    for await (const page of pages) {
      progress.countRead(page.logs.length, page.unidentified);
      yield page;
    }
  }

  const pages = readOutstandingLogs(start, {
    ...tenant,
    now: clock.now(),
    mayGoOn,
    onGap: progress.alert,
  });
  const batches = toBatches(counted(pages), batchSize);
  const exported = mapInOrder(batches, BATCHES_AT_ONCE, (batch) =>
    timed(() => exportBatch(batch, { findUsers, deliver, isLeaseAlive: lease.isAlive })),
  );
  const startFrom = start.kind === 'startFrom' ? { startFrom: start.id } : {};
  try {
    for await (const result of exported) {
      if (result.failure) return endOf(result.failure);
      progress.countBatch(result);
      const { checkpoint, checkpointDate } = result.batch;
      lease.save(
        { checkpointId: checkpoint, ...(checkpointDate ? { checkpointDate } : {}), ...startFrom },
        progress.record(clock.now()),
      );
      onBatch(progress);
      if (progress.rejected.length >= MOST_REJECTED)
        return { moreToCome: true, failure: tooManyRejected(progress) };
    }
    return { moreToCome: outOfTime };
  } catch (error) {
    return endOf({ error, logId: undefined });
  } finally {
    await lease.settled();
  }
}

/** Running into the tenant's rate limit is no failure: the rest is for the next run. */
function endOf(failure: { error: unknown; logId: string | undefined }): ExportEnd {
  const { error } = failure;
  if (error instanceof ExportError && error.code === 'auth0_rate_limited') return { moreToCome: true };
  return { moreToCome: false, failure };
}

function tooManyRejected(progress: RunProgress): { error: ExportError; logId: undefined } {
  return {
    error: new ExportError(
      'rejected_too_many',
      `${progress.rejected.length} calls of this run were rejected, so it stopped early. They are recorded with their log ids; the rest of their batches was delivered. See their reasons before the next run goes on from the checkpoint.`,
    ),
    logId: undefined,
  };
}
