import type { Tenant } from '../auth0/client';
import type { LogPage } from '../auth0/logs';
import { describeSearchPause } from '../auth0/user-search';
import { createFindUsers } from '../auth0/users';
import type { CallShape, Selection } from '../choices/shape';
import { describeError, ExportError, isOutOfTime } from '../errors';
import type { Redactor } from '../redactor';
import type { SegmentCall } from '../segment/calls';
import type { Delivery } from '../segment/deliver';
import { toSegmentUser } from '../segment/profile';
import type { RunLease } from '../storage/lease';
import type { RunRecord } from '../storage/run-state';
import type { Clock, Deadline } from '../time';
import { toBatches } from './batches';
import { BatchFailure, exportBatches } from './export-batches';
import type { RunProgress } from './progress';
import { readOutstandingLogs, type Start } from './reading';
import type { UserCache } from './tenant-cache';

/** A run that has so many calls rejected stops: more would not fit into its record. */
const MOST_REJECTED = 200;

/** Why a run that is told to end leaves the rest. */
const STOPPED = 'This run was told to stop; the next one resumes from its checkpoint.';

/** What an export is made of. */
interface ExportLogsOptions {
  tenant: Tenant;
  deliver: (calls: readonly SegmentCall[]) => Promise<Delivery>;
  /** The Segment source that the export goes to, as `sourceOf` names it. */
  source: string;
  /** What the calls are made of. */
  shape: CallShape;
  /** Which logs are exported. */
  selection: Selection;
  lease: RunLease;
  progress: RunProgress;
  userCache: UserCache;
  start: Start;
  batchSize: number;
  clock: Clock;
  deadline: Deadline;
  /** Fires when the run is to end: the batch in hand is the last. */
  stop: AbortSignal | undefined;
  redactor: Pick<Redactor, 'data'>;
  /** Called when the checkpoint has passed a batch, with the run's record so far. */
  onBatch: (record: RunRecord) => void;
}

/** How an export ended. */
export interface ExportEnd {
  /** Whether logs were left because the time was up. */
  moreToCome: boolean;
  /** Why the time was up before all was read, where something else than the clock is to blame. */
  reason?: string;
  /** What it failed with, and the first log that was not delivered, where that is known. */
  failure?: { error: unknown; logId: string | undefined };
}

/**
 * The export: reads what is outstanding, keeps what is exported, and delivers it batch by batch with the
 * profiles of its users. Reading, looking up and delivering overlap; the checkpoint moves in order, past
 * each batch once every call of it is delivered or recorded as rejected.
 *
 * @throws {ExportError} `lease_lost` or `storage_write`, when the checkpoint can no longer be kept
 */
export async function exportLogs(options: ExportLogsOptions): Promise<ExportEnd> {
  const {
    tenant,
    deliver,
    source,
    shape,
    selection,
    lease,
    progress,
    userCache,
    start,
    batchSize,
    clock,
    deadline,
    stop,
    redactor,
    onBatch,
  } = options;
  let malformed: string | undefined;
  const findUsers = createFindUsers(tenant, {
    clock,
    cache: userCache,
    keep: (user, id) => toSegmentUser(user, id, shape),
    onLookUp: progress.countUsers,
    onMalformed: (id) => {
      malformed ??= JSON.stringify(id.slice(0, 100));
      progress.warn(
        `Auth0 calls user ids malformed, such as ${malformed}; their events went without a profile.`,
      );
    },
    onSearchPause: (failure) => progress.warn(describeSearchPause(failure)),
  });
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
    alert: progress.alert,
  });
  const batches = toBatches(counted(pages), batchSize, selection);
  // Where all of those that are ready were begun, one would be given up in the middle, and sent again by the next run.
  let isLeft = false;
  const mayDeliver = () => {
    isLeft = stop?.aborted === true;
    return !isLeft;
  };
  const exported = exportBatches(batches, { findUsers, deliver, source, shape, mayDeliver });

  const advance = async (): Promise<ExportEnd> => {
    for await (const result of exported) {
      progress.countBatch(result);
      const { checkpoint, checkpointDate } = result.batch;
      const record = redactor.data(progress.record(clock.now()));
      const used = start.kind === 'startFrom' ? { startFrom: start.id, startFromUsedAt: record.start } : {};
      const saved = lease.save(
        { checkpointId: checkpoint, ...(checkpointDate ? { checkpointDate } : {}), ...used },
        record,
      );
      onBatch(record);
      // Nothing more is delivered: what a run that ends here has sent unsaved, the next one sends again.
      await saved;
      if (progress.rejected.length >= MOST_REJECTED)
        return { moreToCome: true, failure: tooManyRejected(progress) };
    }
    return isLeft ? { moreToCome: true, reason: STOPPED } : { moreToCome: outOfTime };
  };
  const end = await advance().catch(endOf);
  try {
    await lease.flush();
    return end;
  } catch (error) {
    // A failed save comes up again in the next one; what failed before it must not be forgotten.
    const { failure } = end;
    if (!failure || failure.error === error) throw error;
    const message = `${reasonOf(failure.error)} Besides: ${reasonOf(error)}`;
    return { ...end, failure: { ...failure, error: new ExportError('storage_write', message, error) } };
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof ExportError ? error.reason : describeError(error);

/** Running into the tenant's rate limit, or out of time, is no failure: the rest is for the next run. */
function endOf(thrown: unknown): ExportEnd {
  const failure =
    thrown instanceof BatchFailure
      ? { error: thrown.cause, logId: thrown.logId }
      : { error: thrown, logId: undefined };
  const { error } = failure;
  if (isOutOfTime(error)) return { moreToCome: true, reason: error.message };
  return { moreToCome: false, failure };
}

function tooManyRejected(progress: RunProgress): { error: ExportError; logId: undefined } {
  return {
    error: new ExportError(
      'rejected_too_many',
      `${progress.rejected.length} calls of this run were rejected, so it stopped early. They are recorded with their log ids; the rest of their batches was delivered.`,
    ),
    logId: undefined,
  };
}
