import type { FindUsers } from '../auth0/find-users';
import { logTypes } from '../auth0/log-types';
import type { Delivery } from '../segment/deliver';
import type { SegmentCall } from '../segment/segment-call';
import { type ExportedLog, toSegmentCalls } from '../segment/to-segment-calls';
import type { SegmentUser } from '../segment/to-segment-user';
import type { RejectedCall } from '../storage/run-record';
import type { Batch } from './to-batches';

/** What became of a batch. */
export interface ExportedBatch {
  batch: Batch;
  /** Tracks delivered, by the name of the event. */
  events: Map<string, number>;
  /** Logs that name no user. */
  skipped: number;
  rejected: RejectedCall[];
  /** Ids of the users whose profiles were too large, and the fields that were left out. */
  trimmed: Map<string, readonly string[]>;
  /** Ids of the users whose profiles were nested too deep, and the fields in which something was left out. */
  cut: Map<string, readonly string[]>;
  /** Why the batch was not delivered, and the first log that was not; the checkpoint must not pass it. */
  failure?: { error: unknown; logId: string | undefined };
}

/** What a batch is exported with. */
export interface ExportBatchOptions {
  findUsers: FindUsers<SegmentUser>;
  deliver: (calls: readonly SegmentCall[]) => Promise<Delivery>;
  /** The Segment source that it goes to, as `sourceOf` names it. */
  source: string;
  /**
   * Resolves with whether the batch before this one has come as far as being delivered. Where it has not, this
   * one must not be either: the next run would send it again, perhaps when Segment no longer recognises it.
   */
  mayDeliver: Promise<boolean>;
  /** Called with whether this batch has come as far as being delivered. */
  onReady: (isReady: boolean) => void;
}

/**
 * Looks up the users of a batch, turns it into calls and delivers them.
 *
 * @returns what became of it; a failure is part of that, so that batches before it keep their results
 */
export async function exportBatch(
  batch: Batch,
  { findUsers, deliver, source, mayDeliver, onReady }: ExportBatchOptions,
): Promise<ExportedBatch> {
  const readable = batch.logs.filter((log) => log.unreadable === undefined);
  const logs: ExportedLog[] = readable
    .filter((log) => log.userId !== '')
    .map(({ id, type, date, userId }) => ({ id, date, userId, event: logTypes[type] ?? type }));
  const result: ExportedBatch = {
    batch,
    events: new Map(),
    skipped: readable.length - logs.length,
    rejected: batch.logs.flatMap(({ id, unreadable }) =>
      unreadable === undefined ? [] : [{ logId: id, call: 'log' as const, reason: unreadable }],
    ),
    trimmed: new Map(),
    cut: new Map(),
  };
  if (logs.length === 0) {
    onReady(await mayDeliver);
    return result;
  }
  try {
    const users = await findUsers(
      readable
        .map(({ type, date, userId }) => ({ id: userId, at: Date.parse(date), isSignup: type === 'ss' }))
        .filter(({ id }) => id !== ''),
    );
    const { calls, unsendable, trimmed, cut } = toSegmentCalls(logs, users, source);
    const isReady = await mayDeliver;
    onReady(isReady);
    if (!isReady) throw new Error('a batch before this one failed');
    const { rejected, failure } = await deliver(calls);
    const refused = new Set(rejected.map(({ call }) => call));
    for (const call of calls) {
      if (call.type !== 'track' || refused.has(call)) continue;
      result.events.set(call.event, (result.events.get(call.event) ?? 0) + 1);
    }
    return {
      ...result,
      trimmed,
      cut,
      rejected: [
        ...result.rejected,
        ...unsendable.map(({ logId, reason }) => ({ logId, call: 'log' as const, reason })),
        ...rejected.map(({ call, reason }) => ({ logId: call.logId, call: call.type, reason })),
      ],
      ...(failure ? { failure: { error: failure.error, logId: failure.logId ?? logs[0]?.id } } : {}),
    };
  } catch (error) {
    onReady(false);
    return { ...result, failure: { error, logId: logs[0]?.id } };
  }
}
