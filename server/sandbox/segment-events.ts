import { randomUUID } from 'node:crypto';

const TYPES = new Set(['track', 'identify', 'page', 'screen', 'group', 'alias']);

/** Why Segment drops a call later, though it returned 200; nothing for a call that it keeps. */
function dropReason(call: Readonly<Record<string, unknown>>): string | undefined {
  const { type, userId, anonymousId, event, messageId } = call;
  if (typeof type !== 'string' || !TYPES.has(type)) return 'unknown type';
  if (!isText(userId) && !isText(anonymousId)) return 'neither userId nor anonymousId';
  if (type === 'track' && !isText(event)) return 'track without event';
  if (messageId !== undefined && typeof messageId !== 'string') return 'messageId is not a string';
  if (typeof messageId === 'string' && messageId.length > 100) return 'messageId over 100 characters';
  return undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** A call as it arrived at Segment. */
export interface SegmentEvent {
  type: string;
  messageId: string;
  userId?: string;
  anonymousId?: string;
  event?: string;
  /** When it happened, corrected by the clock of the client as Segment does. */
  timestamp?: string;
  /** As the client sent it. */
  originalTimestamp?: string;
  properties?: Record<string, unknown>;
  traits?: Record<string, unknown>;
  [field: string]: unknown;
}

/** A call, and what arrived with it. */
export interface Arrival {
  call: Readonly<Record<string, unknown>>;
  /** The call as it arrived: JSON whose numbers have the digits that the client sent. */
  json: string;
  /** From the request; `undefined` if the client did not send it. */
  sentAt: unknown;
  /** Milliseconds since 1970 by Segment's clock. */
  receivedAt: number;
  writeKey: string;
}

/**
 * Returns the times that Segment stores: receivedAt - (sentAt - timestamp)
 * (https://segment.com/docs/connections/spec/common/#timestamps).
 */
function storedTimes({ call: { timestamp }, sentAt, receivedAt }: Arrival): Partial<SegmentEvent> {
  if (typeof timestamp !== 'string') return {};
  const difference = Date.parse(String(sentAt)) - Date.parse(timestamp);
  if (Number.isNaN(difference)) return { originalTimestamp: timestamp };
  return { timestamp: new Date(receivedAt - difference).toISOString(), originalTimestamp: timestamp };
}

/** How much of what arrives is kept: whole events, how often each `messageId` arrived, or only totals. */
export type Keep = 'all' | 'ids' | 'none';

/** A call that was answered with 200 and dropped all the same. */
export interface DroppedEvent {
  reason: string;
  event: Readonly<Record<string, unknown>>;
}

const MOST_DROPPED = 10_000;
const NONE: ReadonlyMap<string, number> = new Map();

/** What Segment took, deduplicated as Segment does it: across every source. */
export class EventStore {
  received: SegmentEvent[] = [];
  /** The first 10,000. */
  dropped: DroppedEvent[] = [];
  /** Arrivals whose `messageId` had arrived before. */
  duplicates = 0;
  /** Arrivals that were not dropped, duplicates included. */
  accepted = 0;
  readonly #keep: Keep;
  readonly #arrivals = new WeakMap<SegmentEvent, Arrival>();
  readonly #ids = new Map<string, Map<string, number>>();

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** How often each `messageId` of a type arrived; empty where nothing is kept. */
  ids(type: string): ReadonlyMap<string, number> {
    return this.#ids.get(type) ?? NONE;
  }

  /** What arrived at the source with this write key, in the order of arrival. */
  receivedAt(writeKey: string): SegmentEvent[] {
    return this.received.filter((event) => this.#arrivals.get(event)?.writeKey === writeKey);
  }

  /** A received event as it arrived. */
  jsonOf(event: SegmentEvent): string {
    return this.#arrivals.get(event)?.json ?? '';
  }

  take(arrival: Arrival): void {
    const { call } = arrival;
    const reason = dropReason(call);
    if (reason !== undefined) {
      this.drop(call, reason);
      return;
    }
    this.accepted++;
    if (this.#keep === 'none') return;
    // Segment gives a call without messageId one of its own, which nothing else will ever repeat.
    const event = {
      ...call,
      ...storedTimes(arrival),
      messageId: call.messageId ?? randomUUID(),
    } as SegmentEvent;
    if (!this.#countArrival(event) || this.#keep !== 'all') return;
    this.received.push(event);
    this.#arrivals.set(event, arrival);
  }

  drop(event: Readonly<Record<string, unknown>>, reason: string): void {
    if (this.dropped.length < MOST_DROPPED) this.dropped.push({ reason, event });
  }

  reset(): void {
    this.received = [];
    this.dropped = [];
    this.duplicates = 0;
    this.accepted = 0;
    this.#ids.clear();
  }

  /** Whether the event is new. A `messageId` is one event whatever its type. */
  #countArrival({ type, messageId }: SegmentEvent): boolean {
    for (const seen of this.#ids.values()) {
      const times = seen.get(messageId);
      if (times === undefined) continue;
      seen.set(messageId, times + 1);
      this.duplicates++;
      return false;
    }
    const ofType = this.#ids.get(type) ?? new Map<string, number>();
    ofType.set(messageId, 1);
    this.#ids.set(type, ofType);
    return true;
  }
}
