import type { Profile } from './segment-call';

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
 * The traits of an identify call: the profile, and what Segment's reserved names mean of it. A field that
 * the profile already has under such a name stays.
 */
export function toTraits(profile: Profile): Profile {
  const reserved = Object.entries(RESERVED)
    .map(([trait, field]) => [trait, profile[field]] as const)
    .filter(([, value]) => value !== undefined && value !== null && value !== '');
  return { ...Object.fromEntries(reserved), ...profile };
}
