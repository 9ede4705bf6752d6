/** A user's profile as Segment gets it. */
export type Profile = Record<string, unknown>;

/** One call to Segment, made from one log. */
export type SegmentCall = {
  /** The log it was made from; not sent. */
  logId: string;
  /** Bytes that it takes as JSON in a request, rounded up; not sent. */
  bytes: number;
  /** Derived from the log's id alone, so that a retry or replay is the same call to Segment. */
  messageId: string;
  userId: string;
} & (
  | { type: 'track'; event: string; timestamp: Date; properties: Profile }
  | { type: 'identify'; traits: Profile }
);
