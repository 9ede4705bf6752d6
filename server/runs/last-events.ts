import { LRUCache } from 'lru-cache';
import type { SegmentCall } from '../../src/segment/calls';
import type { Delivery } from '../../src/segment/deliver';

/** A call that went to Segment, and what became of it. */
export interface LastEvent {
  /** Counted from 1 since this process started. */
  id: number;
  /** ISO 8601: when Segment had answered. */
  at: string;
  /** The run that sent it. */
  run: string;
  call: SegmentCall;
  /** `undelivered`: Segment is not known to have taken it. */
  result: 'accepted' | 'rejected' | 'undelivered';
  /** Why it was not accepted; empty where it was. */
  reason: string;
}

/** What a delivery is noted with. */
interface Delivered extends Delivery {
  tenantId: string;
  run: string;
  calls: readonly SegmentCall[];
  /** EXCLUDE_FIELDS, as the calls were made with. */
  excluded: string;
  /** Takes the secrets out of a text. */
  redact: (text: string) => string;
}

/** The calls that went to Segment last. They are in the memory of this process, and nowhere else. */
export interface LastEvents {
  /** Notes what became of a batch's calls. */
  note(delivered: Delivered): void;
  /**
   * The calls of a tenant, newest first.
   *
   * @param excluded EXCLUDE_FIELDS as it is now: what was sent with another is shown no more
   */
  of(tenantId: string, excluded: string): readonly LastEvent[];
  forget(tenantId: string): void;
}

/** Calls of a tenant that are kept. */
const MOST_EVENTS = 200;
/** Bytes of a tenant's calls that are kept: a call has 32 KB at most, and most have one or two. */
const MOST_BYTES = 1024 * 1024;
/** Tenants whose calls are kept, those that sent last. */
const MOST_TENANTS = 20;

/** The newest events that fit, oldest first. */
function newest(events: readonly LastEvent[]): LastEvent[] {
  let bytes = 0;
  const tooOld = events.findLastIndex(({ call }) => {
    bytes += call.bytes;
    return bytes > MOST_BYTES;
  });
  return events.slice(Math.max(tooOld + 1, events.length - MOST_EVENTS));
}

/** Says of each call what became of it. */
function outcomes({ rejected, failure, redact }: Delivered) {
  const reasons = new Map(rejected.map(({ call, reason }) => [call, reason]));
  const undelivered = new Set(failure?.undelivered);
  const cause = failure ? redact(failure.error.reason) : '';
  return (call: SegmentCall): Pick<LastEvent, 'result' | 'reason'> => {
    const reason = reasons.get(call);
    if (reason !== undefined) return { result: 'rejected', reason: redact(reason) };
    return undelivered.has(call)
      ? { result: 'undelivered', reason: cause }
      : { result: 'accepted', reason: '' };
  };
}

/**
 * Begins to keep the calls that go to Segment: the newest 200 of each of the 20 tenants that sent last.
 *
 * @param now milliseconds since 1970
 */
export function createLastEvents(now: () => number): LastEvents {
  const kept = new LRUCache<string, { excluded: string; events: LastEvent[] }>({ max: MOST_TENANTS });
  let last = 0;
  return {
    note: (delivered) => {
      const { tenantId, run, calls, excluded } = delivered;
      const at = new Date(now()).toISOString();
      const outcomeOf = outcomes(delivered);
      const events = calls.slice(-MOST_EVENTS).map((call): LastEvent => {
        last += 1;
        return { id: last, at, run, call, ...outcomeOf(call) };
      });
      const before = kept.get(tenantId);
      const earlier = before?.excluded === excluded ? before.events : [];
      kept.set(tenantId, { excluded, events: newest([...earlier, ...events]) });
    },
    of: (tenantId, excluded) => {
      const found = kept.peek(tenantId);
      return found?.excluded === excluded ? found.events.toReversed() : [];
    },
    forget: (tenantId) => {
      kept.delete(tenantId);
    },
  };
}
