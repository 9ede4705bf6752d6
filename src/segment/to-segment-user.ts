import { envelopeBytes } from './envelope-bytes';
import { type FittedProfile, fitProfile } from './fit-profile';
import { limits } from './limits';
import { reservedTraits } from './reserved-traits';
import { toProfile } from './to-profile';

/** What Segment gets of a user, in every call about it. */
export interface SegmentUser {
  /** Of each track call: the profile. */
  properties: FittedProfile;
  /** Of the identify call: the profile, and what Segment's reserved names mean of it. */
  traits: FittedProfile;
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
  return {
    properties: fitProfile(profile, room),
    traits: fitProfile({ ...reservedTraits(profile), ...profile }, room),
    cut,
  };
}
