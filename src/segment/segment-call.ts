/** One call to Segment, made from one log. Its properties or traits are JSON in UTF-8 already. */
export type SegmentCall = {
  /** The log it was made from; not sent. */
  logId: string;
  /** Bytes that it takes as JSON in a request, rounded up; not sent. */
  bytes: number;
  /** Derived from the log's id and the source alone, so that a retry or replay is the same call to Segment. */
  messageId: string;
  userId: string;
} & (
  | { type: 'track'; event: string; timestamp: Date; properties: Uint8Array }
  | { type: 'identify'; traits: Uint8Array }
);
