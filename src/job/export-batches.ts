import type { FindUsers } from '../auth0/users';
import type { CallShape } from '../choices/shape';
import { type BatchCalls, type SegmentCall, toSegmentCalls } from '../segment/calls';
import type { Delivery } from '../segment/deliver';
import type { SegmentUser } from '../segment/profile';
import type { RejectedCall } from '../storage/run-state';
import type { Batch } from './batches';

/**
 * Works on several items at once and yields the results in the order of the items. The source is read on
 * while results wait to be taken, up to `limit` items that are begun and not yet taken, so that memory stays
 * the same however long the source is.
 *
 * When the source fails, the results of everything before it come first, then its error. When the work on an
 * item fails, its error comes in its place and the rest is given up.
 *
 * @param source asked for one item after the other
 * @param limit items begun and not yet taken, 1 or more
 * @param work must not need the items after it
 */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  let open = true;
  let failure: { error: unknown } | undefined;
  let wakeReader = () => {};
  let wakeTaker = () => {};

  const read = async () => {
    try {
      for await (const item of source) {
        if (!open) return;
        const result = work(item);
        // Awaited when it is its turn; until then nobody listens.
        result.catch(() => {});
        begun.push(result);
        wakeTaker();
        while (open && begun.length >= limit) {
          await new Promise<void>((resolve) => {
            wakeReader = resolve;
          });
        }
        if (!open) return;
      }
    } catch (error) {
      failure = { error };
    } finally {
      open = false;
      wakeTaker();
    }
  };
  const reading = read();

  try {
    for (;;) {
      const next = begun[0];
      if (next) {
        const result = await next;
        begun.shift();
        wakeReader();
        yield result;
      } else if (open) {
        await new Promise<void>((resolve) => {
          wakeTaker = resolve;
        });
      } else break;
    }
    if (failure) throw failure.error;
  } finally {
    open = false;
    wakeReader();
    reading.catch(() => {});
  }
}

/** Batches whose users are looked up while those before them are delivered. */
const PREPARED_AHEAD = 3;

/** A batch that is ready to be delivered. */
interface PreparedBatch extends Omit<BatchCalls, 'unsendable'> {
  batch: Batch;
  /** Logs that name no user. */
  skipped: number;
  /** Logs that no call could be made of. */
  rejected: RejectedCall[];
}

/** A batch that is done: each call of it is delivered, or recorded as rejected. */
export interface ExportedBatch extends Omit<PreparedBatch, 'calls'> {
  /** Tracks delivered, by the name of the event. */
  events: Map<string, number>;
}

/** Why a batch was not delivered. The checkpoint must not pass it, and no batch after it may be delivered. */
export class BatchFailure extends Error {
  /**
   * @param cause what it failed with
   * @param logId the first log that was not delivered, where that is known
   */
  constructor(
    override readonly cause: unknown,
    readonly logId: string | undefined,
  ) {
    super('a batch could not be delivered');
  }
}

/** What batches are exported with. */
interface ExportBatchesOptions {
  findUsers: FindUsers<SegmentUser>;
  deliver: (calls: readonly SegmentCall[]) => Promise<Delivery>;
  /** The Segment source that they go to, as `sourceOf` names it. */
  source: string;
  /** What the calls are made of. */
  shape: CallShape;
  /** Asked before each batch is delivered: where it is not to be, it is left, and all after it. */
  mayDeliver?: () => boolean;
}

/** Looks up the users of a batch and turns it into calls. */
async function prepareBatch(
  batch: Batch,
  { findUsers, source, shape }: Omit<ExportBatchesOptions, 'deliver'>,
): Promise<PreparedBatch> {
  const readable = batch.logs.filter((log) => log.unreadable === undefined);
  const logs = readable.filter((log) => log.userId !== '');
  const skipped = readable.length - logs.length;
  const unreadable: RejectedCall[] = batch.logs.flatMap(({ id, unreadable }) =>
    unreadable === undefined ? [] : [{ logId: id, call: 'log', reason: unreadable }],
  );
  try {
    const users = await findUsers(
      logs.map(({ type, date, userId }) => ({ id: userId, at: Date.parse(date), isSignup: type === 'ss' })),
    );
    const { unsendable, ...made } = toSegmentCalls(logs, users, source, shape);
    const rejected: RejectedCall[] = unsendable.map(({ logId, reason }) => ({ logId, call: 'log', reason }));
    return { batch, ...made, skipped, rejected: [...unreadable, ...rejected] };
  } catch (error) {
    throw new BatchFailure(error, logs[0]?.id);
  }
}

/** Delivers the calls of a batch. */
async function deliverBatch(
  { calls, ...prepared }: PreparedBatch,
  { deliver }: Pick<ExportBatchesOptions, 'deliver'>,
): Promise<ExportedBatch> {
  const events = new Map<string, number>();
  if (calls.length === 0) return { ...prepared, events };
  const { rejected, failure } = await deliver(calls);
  if (failure) throw new BatchFailure(failure.error, failure.logId ?? calls.find(isTrack)?.logId);
  const refused = new Set(rejected.map(({ call }) => call));
  for (const call of calls) {
    if (call.type !== 'track' || refused.has(call)) continue;
    events.set(call.event, (events.get(call.event) ?? 0) + 1);
  }
  const recorded = rejected.map(({ call, reason }) => ({ logId: call.logId, call: call.type, reason }));
  return { ...prepared, events, rejected: [...prepared.rejected, ...recorded] };
}

const isTrack = ({ type }: SegmentCall): boolean => type === 'track';

/**
 * Exports batches in two stages: the users of some are looked up while those before them are delivered. A batch
 * is delivered only once all before it could be prepared: the next run would send it again, perhaps when Segment
 * no longer recognises it.
 *
 * @returns the batches that are done, in order
 * @throws {BatchFailure} in the place of one that could not be delivered; what reading the batches throws, after
 *   those that were read before
 */
export async function* exportBatches(
  batches: AsyncIterable<Batch>,
  options: ExportBatchesOptions,
): AsyncGenerator<ExportedBatch> {
  const prepared = mapInOrder(batches, PREPARED_AHEAD, (batch) => prepareBatch(batch, options));
  for await (const batch of prepared) {
    if (options.mayDeliver?.() === false) return;
    yield await deliverBatch(batch, options);
  }
}

/**
 * Returns a delivery that passes the calls on and sends none.
 *
 * @param onCalls called with the calls of each batch
 */
export const captureCalls =
  (onCalls: (calls: readonly SegmentCall[]) => void) =>
  async (calls: readonly SegmentCall[]): Promise<Delivery> => {
    onCalls(calls);
    return { rejected: [] };
  };
