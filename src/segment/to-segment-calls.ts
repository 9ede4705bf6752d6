import { envelopeBytes } from './envelope-bytes';
import { limits } from './limits';
import { messageIdOf } from './message-id';
import { noProfile } from './no-profile';
import type { SegmentCall } from './segment-call';
import type { SegmentUser } from './to-segment-user';

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
    if (envelope + noProfile.json.length > limits.eventBytes) {
      unsendable.push({
        logId: id,
        reason: `Its user id is ${Buffer.byteLength(userId)} bytes long, more than Segment takes.`,
      });
      continue;
    }
    const properties = user?.properties ?? noProfile;
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
