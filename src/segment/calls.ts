import { createHash, createHmac } from 'node:crypto';
import type { CallShape } from '../choices/shape';
import { parseExact, stringifyExact } from '../exact-json';
import { type LogContext, loginContextOf, organizationOf } from './log-context';
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
  | {
      type: 'track';
      event: string;
      timestamp: Date;
      properties: Uint8Array;
      /** The organization that the user acted in, where it is told. */
      groupId?: string;
    }
  | { type: 'identify'; traits: Uint8Array }
  /** An organization, with the user of its first log. */
  | { type: 'group'; groupId: string; traits: Uint8Array }
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
export function messageIdOf(logId: string, type: SegmentCall['type'] | 'probe', source: string): string {
  const id = logId.length <= LONGEST_LOG_ID ? logId : createHash('sha256').update(logId).digest('hex');
  return `auth0-${type}-${id}-${source}`;
}

/** A log that is exported, with a user. */
export interface ExportedLog extends LogContext {
  id: string;
  /** ISO 8601. */
  date: string;
  /** The id that Auth0 gave the user. */
  userId: string;
}

/** What a batch of logs becomes. */
export interface BatchCalls {
  /**
   * One identify for each user that was found, then one group for each organization, then one track for each log, in
   * the order of the logs; the first two where they are wanted.
   */
  calls: SegmentCall[];
  /** Logs that cannot be sent at all, and why. */
  unsendable: { logId: string; reason: string }[];
  /** Ids of the users whose profiles were too large, and the fields that were left out. */
  trimmed: Map<string, readonly string[]>;
  /** Ids of the users whose profiles were nested too deep, and the fields in which something was left out. */
  cut: Map<string, readonly string[]>;
  /** Tracks with the id that Auth0 gave the user, where a field of the profile was to be the `userId`. */
  withoutUserIdField: number;
}

const jsonOf = (value: unknown): string => JSON.stringify(value);

/** A profile with more properties, whose names it does not have. */
function withProperties(profile: Uint8Array, more: object): Uint8Array {
  const added = jsonOf(more).slice(1);
  if (added === '}') return profile;
  const start = Buffer.from(profile).subarray(0, -1);
  return Buffer.concat([start, Buffer.from(start.length > 1 ? `,${added}` : added)]);
}

/**
 * Turns a batch of logs into the calls that Segment gets. Of a log there is nothing in them but its type, its date
 * and its id inside the messageId, and where the shape says so its organization, application and connection;
 * everything else comes from the profile of its user.
 *
 * @param logs in the order in which they happened
 * @param users what Segment gets of them, by the ids that Auth0 gave them, made for the same shape; who is missing is
 *   gone, and is tracked without a profile
 * @param source the Segment source that they go to, as `sourceOf` names it
 * @param shape what the calls are made of
 */
export function toSegmentCalls(
  logs: readonly ExportedLog[],
  users: ReadonlyMap<string, SegmentUser>,
  source: string,
  shape: CallShape,
): BatchCalls {
  const identifies: SegmentCall[] = [];
  const groups = new Map<string, SegmentCall>();
  const tracks: SegmentCall[] = [];
  const unsendable: BatchCalls['unsendable'] = [];
  const trimmed: BatchCalls['trimmed'] = new Map();
  const cut: BatchCalls['cut'] = new Map();
  const seen = new Set<string>();
  let withoutUserIdField = 0;

  for (const log of logs) {
    const user = users.get(log.userId);
    const userId = user?.ownId ?? log.userId;
    const envelope = envelopeBytes(userId);
    const organization = shape.groups ? organizationOf(log) : undefined;
    const profile = user?.properties ?? EMPTY_PROFILE;
    const properties = shape.loginContext ? withProperties(profile.json, loginContextOf(log)) : profile.json;
    const groupBytes = organization ? Buffer.byteLength(jsonOf({ groupId: organization.id })) : 0;
    const bytes = envelope + groupBytes + properties.length;
    if (bytes > limits.eventBytes) {
      unsendable.push({
        logId: log.id,
        reason: `Its user id is ${Buffer.byteLength(userId)} bytes long, more than Segment accepts.`,
      });
      continue;
    }
    if (shape.userIdField && user?.ownId === undefined) withoutUserIdField += 1;
    tracks.push({
      type: 'track',
      logId: log.id,
      bytes,
      messageId: messageIdOf(log.id, 'track', source),
      userId,
      event: shape.eventNames[log.type] ?? log.type,
      timestamp: new Date(log.date),
      properties,
      ...(organization && { groupId: organization.id }),
    });
    if (organization && !groups.has(organization.id)) {
      const traits = Buffer.from(jsonOf(organization.name === undefined ? {} : { name: organization.name }));
      groups.set(organization.id, {
        type: 'group',
        logId: log.id,
        bytes: envelope + groupBytes + traits.length,
        messageId: messageIdOf(log.id, 'group', source),
        userId,
        groupId: organization.id,
        traits,
      });
    }
    if (!user || seen.has(log.userId)) continue;
    seen.add(log.userId);
    const { traits } = user;
    if (shape.identifies) {
      identifies.push({
        type: 'identify',
        logId: log.id,
        bytes: envelope + traits.json.length,
        messageId: messageIdOf(log.id, 'identify', source),
        userId,
        traits: traits.json,
      });
    }
    const dropped = new Set([...traits.dropped, ...user.properties.dropped]);
    if (dropped.size > 0) trimmed.set(log.userId, [...dropped]);
    if (user.cut.length > 0) cut.set(log.userId, user.cut);
  }
  const calls = [...identifies, ...groups.values(), ...tracks];
  return { calls, unsendable, trimmed, cut, withoutUserIdField };
}

const parsed = (json: Uint8Array): unknown => parseExact(Buffer.from(json).toString());

/** A call as Segment gets it, without what stays here. {@link stringifyExact} writes its numbers. */
export function sentCall({ bytes: _bytes, logId: _logId, ...call }: SegmentCall): Record<string, unknown> {
  if (call.type !== 'track') return { ...call, traits: parsed(call.traits) };
  const { groupId, ...track } = call;
  return { ...track, ...(groupId && { context: { groupId } }), properties: parsed(call.properties) };
}

/** A call as a line of JSON, with the log that it was made from. */
export const printedCall = (call: SegmentCall): string =>
  stringifyExact({ logId: call.logId, ...sentCall(call) });
