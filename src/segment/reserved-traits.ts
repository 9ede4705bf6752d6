import type { Profile } from './profile';

/** Segment's reserved traits, and the field of an Auth0 profile that each is taken from. */
const RESERVED = {
  firstName: 'given_name',
  lastName: 'family_name',
  avatar: 'picture',
  phone: 'phone_number',
  username: 'username',
  createdAt: 'created_at',
} as const;

/**
 * What Segment's reserved names mean of a profile. A name that the profile itself has is not among them: its
 * own field stays.
 */
export function reservedTraits(profile: Profile): Profile {
  return Object.fromEntries(
    Object.entries(RESERVED)
      .filter(([trait]) => !(trait in profile))
      .map(([trait, field]) => [trait, profile[field]] as const)
      .filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
}
