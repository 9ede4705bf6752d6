import { type FittedProfile, fitProfile } from './fit-profile';
import { limits } from './limits';
import { messageIdOf } from './message-id-of';
import type { SegmentCall } from './segment-call';
import { toProfile } from './to-profile';
import { toTraits } from './to-traits';

/**
 * Bytes of a call besides its profile and user id: our ids, event and date (at most 250) and what the client
 * library adds (290 with version 3.1: its name and version, Node's version, empty fields).
 */
const ENVELOPE_BYTES = 600;

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
export interface BatchCalls {
  /** One identify for each user that was found, then one track for each log, in the order of the logs. */
  calls: SegmentCall[];
  /** Logs that cannot be sent at all, and why. */
  unsendable: { logId: string; reason: string }[];
  /** Ids of the users whose profiles were too large, and the fields that were left out. */
  trimmed: Map<string, string[]>;
}

interface Prepared {
  userIdBytes: number;
  properties: FittedProfile;
  traits: FittedProfile;
}

/** A user is in many batches; what is sent of it is worked out once for as long as its profile is kept. */
const preparedUsers = new WeakMap<object, Prepared>();

function prepare(user: object, userId: string): Prepared {
  const known = preparedUsers.get(user);
  if (known) return known;
  const userIdBytes = Buffer.byteLength(JSON.stringify(userId));
  const room = limits.eventBytes - ENVELOPE_BYTES - userIdBytes;
  const profile = toProfile(user);
  const prepared = {
    userIdBytes,
    properties: fitProfile(profile, room),
    traits: fitProfile(toTraits(profile), room),
  };
  preparedUsers.set(user, prepared);
  return prepared;
}

const nobody: FittedProfile = { profile: {}, bytes: 2, dropped: [] };

/**
 * Turns a batch of logs into the calls that Segment gets: nothing of a log but its type, its date and its
 * id inside the messageId, everything else from the profile of its user.
 *
 * @param logs in the order in which they happened
 * @param users profiles by user id; who is missing is gone, and is tracked without a profile
 */
export function toSegmentCalls(logs: readonly ExportedLog[], users: ReadonlyMap<string, object>): BatchCalls {
  const identifies = new Map<string, SegmentCall>();
  const tracks: SegmentCall[] = [];
  const unsendable: BatchCalls['unsendable'] = [];
  const trimmed: BatchCalls['trimmed'] = new Map();

  for (const { id, event, date, userId } of logs) {
    const user = users.get(userId);
    const prepared = user && prepare(user, userId);
    const userIdBytes = prepared?.userIdBytes ?? Buffer.byteLength(JSON.stringify(userId));
    const envelope = ENVELOPE_BYTES + userIdBytes;
    if (envelope + nobody.bytes > limits.eventBytes) {
      unsendable.push({
        logId: id,
        reason: `Its user id is ${userIdBytes} bytes long, more than Segment takes.`,
      });
      continue;
    }
    const properties = prepared?.properties ?? nobody;
    tracks.push({
      type: 'track',
      logId: id,
      bytes: envelope + properties.bytes,
      messageId: messageIdOf(id, 'track'),
      userId,
      event,
      timestamp: new Date(date),
      properties: properties.profile,
    });
    if (!prepared || identifies.has(userId)) continue;
    identifies.set(userId, {
      type: 'identify',
      logId: id,
      bytes: envelope + prepared.traits.bytes,
      messageId: messageIdOf(id, 'identify'),
      userId,
      traits: prepared.traits.profile,
    });
    const dropped = new Set([...prepared.traits.dropped, ...properties.dropped]);
    if (dropped.size > 0) trimmed.set(userId, [...dropped]);
  }
  return { calls: [...identifies.values(), ...tracks], unsendable, trimmed };
}
