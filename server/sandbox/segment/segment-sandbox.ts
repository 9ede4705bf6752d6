import type { Faults } from '../http/faults';
import type { SandboxServer } from '../http/start-server';
import type { DroppedEvent, Keep } from './event-store';
import type { SegmentEvent } from './segment-event';

/** How the sandbox's Segment is set up. */
export interface SegmentOptions {
  writeKey?: string;
  /** Write keys of further sources. Segment deduplicates across all of them. */
  otherWriteKeys?: readonly string[];
  /** What an unknown write key is answered; its events are dropped whatever the status. Default 200. */
  unknownKeyStatus?: number;
  /** Default `all`. */
  keep?: Keep;
}

/** The sandbox's Segment, as tests see it. */
export interface SegmentSandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly writeKey: string;
  readonly server: SandboxServer;
  readonly faults: Faults;
  /** Requests that arrived, faulty and refused ones included. */
  readonly requests: number;
  /** Requests by the status they were answered. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Bytes of each request's body before compression, but for those that a fault struck. */
  readonly requestSizes: readonly number[];
  /** Each event once, in the order of arrival; empty unless `keep` is `all`. */
  readonly received: readonly SegmentEvent[];
  /** Those of them that arrived at the source with this write key. */
  receivedAt(writeKey: string): readonly SegmentEvent[];
  /** Arrivals whose `messageId` had arrived before. */
  readonly duplicates: number;
  /** Arrivals that were not dropped, duplicates included. */
  readonly accepted: number;
  /** Calls that were answered with 200 and dropped all the same, the first 10,000 of them. */
  readonly dropped: readonly DroppedEvent[];
  /** How often each `messageId` of a type arrived; empty where `keep` is `none`. */
  ids(type: string): ReadonlyMap<string, number>;
  tracks(): SegmentEvent[];
  identifies(): SegmentEvent[];
  /**
   * From now on a request with a call that matches is answered 400 and taken in no part.
   *
   * @returns ends the refusal
   */
  refuse(predicate: (call: Readonly<Record<string, unknown>>) => boolean): () => void;
  /** Forgets everything that arrived; planned faults and refusals stay. */
  reset(): void;
}
