import { createHash, createHmac } from 'node:crypto';
import { EMPTY_PROFILE, envelopeBytes, limits, type SegmentUser } from './profile';

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

/**
 * Bytes of calls at most. Segment accepts 20 KB more; its client library begins a request of its own, whose outcome
 * would not be known, where its own count passes this. That count is never above the bytes.
 */
const CALLS_BYTES = 480 * 1024;

/**
 * Splits calls into as few requests as Segment's limits allow, in order.
 *
 * @returns one list of calls for each request
 */
export function packCalls(calls: readonly SegmentCall[]): SegmentCall[][] {
  const requests: SegmentCall[][] = [];
  let room = 0;
  for (const call of calls) {
    const request = requests.at(-1);
    if (request && call.bytes + 1 <= room && request.length < limits.requestEvents) request.push(call);
    else {
      requests.push([call]);
      room = CALLS_BYTES;
    }
    room -= call.bytes + 1;
  }
  return requests;
}

/** Segment deduplicates by messageIds of under 100 characters: the other parts of one take 32 at most. */
const LONGEST_LOG_ID = 64;
/** 64 bits: enough to tell a customer's sources apart, and short enough for a messageId. */
const SOURCE_DIGITS = 16;

/**
 * Names a Segment source in messageIds. Segment deduplicates across sources and workspaces: without it, a log
 * that was sent to a test source would be missing from production for a day.
 *
 * Keyed with the write key over a label of our own, so that the digest tells nothing about the key, and is not
 * the plain hash of it that another system may hold. Changing the write key makes all messageIds new.
 *
 * @param writeKey of the source; random, so that it cannot be guessed from the digest
 * @returns 16 hexadecimal digits
 */
export function sourceOf(writeKey: string): string {
  const digest = createHmac('sha256', writeKey).update('auth0-logs-to-segment messageId').digest('hex');
  return digest.slice(0, SOURCE_DIGITS);
}

/**
 * The messageId of the call that is made from a log for a source: the same for every retry and replay.
 *
 * @param logId `log_id` of the log; one that is too long for a messageId is hashed
 * @param type the kind of the call; `probe` asks whether Segment accepts anything
 * @param source as `sourceOf` names it
 * @returns under 100 characters
 */
export function messageIdOf(logId: string, type: 'track' | 'identify' | 'probe', source: string): string {
  const id = logId.length <= LONGEST_LOG_ID ? logId : createHash('sha256').update(logId).digest('hex');
  return `auth0-${type}-${id}-${source}`;
}

/** A log of a type that is exported, with a user. */
export interface ExportedLog {
  id: string;
  /** Name of the Segment event. */
  event: string;
  /** ISO 8601. */
  date: string;
  userId: string;
}

/** What a batch of logs becomes. */
interface BatchCalls {
  /** One identify for each user that was found, then one track for each log, in the order of the logs. */
  calls: SegmentCall[];
  /** Logs that cannot be sent at all, and why. */
  unsendable: { logId: string; reason: string }[];
  /** Ids of the users whose profiles were too large, and the fields that were left out. */
  trimmed: Map<string, readonly string[]>;
  /** Ids of the users whose profiles were nested too deep, and the fields in which something was left out. */
  cut: Map<string, readonly string[]>;
}

/**
 * Turns a batch of logs into the calls that Segment gets: nothing of a log but its type, its date and its
 * id inside the messageId, everything else from the profile of its user.
 *
 * @param logs in the order in which they happened
 * @param users what Segment gets of them, by user id; who is missing is gone, and is tracked without a profile
 * @param source the Segment source that they go to, as `sourceOf` names it
 */
export function toSegmentCalls(
  logs: readonly ExportedLog[],
  users: ReadonlyMap<string, SegmentUser>,
  source: string,
): BatchCalls {
  const identifies = new Map<string, SegmentCall>();
  const tracks: SegmentCall[] = [];
  const unsendable: BatchCalls['unsendable'] = [];
  const trimmed: BatchCalls['trimmed'] = new Map();
  const cut: BatchCalls['cut'] = new Map();

  for (const { id, event, date, userId } of logs) {
    const user = users.get(userId);
    const envelope = envelopeBytes(userId);
    if (envelope + EMPTY_PROFILE.json.length > limits.eventBytes) {
      unsendable.push({
        logId: id,
        reason: `Its user id is ${Buffer.byteLength(userId)} bytes long, more than Segment accepts.`,
      });
      continue;
    }
    const properties = user?.properties ?? EMPTY_PROFILE;
    tracks.push({
      type: 'track',
      logId: id,
      bytes: envelope + properties.json.length,
      messageId: messageIdOf(id, 'track', source),
      userId,
      event,
      timestamp: new Date(date),
      properties: properties.json,
    });
    if (!user || identifies.has(userId)) continue;
    const { traits } = user;
    identifies.set(userId, {
      type: 'identify',
      logId: id,
      bytes: envelope + traits.json.length,
      messageId: messageIdOf(id, 'identify', source),
      userId,
      traits: traits.json,
    });
    const dropped = new Set([...traits.dropped, ...properties.dropped]);
    if (dropped.size > 0) trimmed.set(userId, [...dropped]);
    if (user.cut.length > 0) cut.set(userId, user.cut);
  }
  return { calls: [...identifies.values(), ...tracks], unsendable, trimmed, cut };
}
