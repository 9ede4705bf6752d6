import { envelopeBytes } from './envelope-bytes';
import { type FittedProfile, fitProfile } from './fit-profile';
import { limits } from './limits';
import { reservedTraits } from './reserved-traits';
import { toProfile } from './to-profile';

/**
 * What Segment gets of a user, in every call about it. Thousands are kept at a time, so what can be made of
 * something else at little cost is not held twice.
 */
export interface SegmentUser {
  properties: FittedProfile;
  /** The traits: their own where they had to be fitted; else what stands before the properties in them, as JSON. */
  traits: FittedProfile | string;
  /** Names of the fields in which something was nested too deep and is missing. */
  cut: readonly string[];
}

/**
 * Writes what Segment gets of a user, once for all the calls about it.
 *
 * @param user as Auth0 answers it; not changed
 * @param userId by which the logs name it
 */
export function toSegmentUser(user: object, userId: string): SegmentUser {
  const room = limits.eventBytes - envelopeBytes(userId);
  const { profile, cut } = toProfile(user);
  const properties = fitProfile(profile, room);
  const reserved = reservedTraits(profile);
  const before = JSON.stringify(reserved).slice(1, -1);
  const fits = properties.dropped.length === 0 && properties.json.length + Buffer.byteLength(before) < room;
  return {
    properties,
    traits: fits || before === '' ? before : fitProfile({ ...reserved, ...profile }, room),
    cut,
  };
}
