/** A call that went to Segment. */
export interface LastEventRow {
  id: number;
  /** ISO 8601: when Segment had answered. */
  at: string;
  /** Id of the run that sent it. */
  run: string;
  kind: 'identify' | 'group' | 'track';
  /** Empty but for a track. */
  event: string;
  userId: string;
  messageId: string;
  /** The log that it was made from. */
  logId: string;
  /** `undelivered`: Segment is not known to have taken it; the next run sends it again. */
  result: 'accepted' | 'rejected' | 'undelivered';
  /** Why it was not accepted; empty where it was. */
  reason: string;
}

/** `GET /api/tenants/NAME/last-events`: the newest 200 calls, newest first. `…/ID` answers one as Segment got it. */
export interface LastEventList {
  /** Whether they are kept at all. */
  isKept: boolean;
  /** Whether runs of other processes, which are not in it, may be there. */
  isShared: boolean;
  events: LastEventRow[];
}
