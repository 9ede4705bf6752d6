import { profileJson } from './profile-json';
import type { Profile } from './segment-call';

/** A profile that fits into a call. */
export interface FittedProfile {
  profile: Profile;
  /** Bytes of the profile as JSON. */
  bytes: number;
  /** Names of the fields that had to be left out, largest first. */
  dropped: string[];
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/**
 * Leaves out a profile's largest top-level fields until it fits.
 *
 * @param profile not changed
 * @param room bytes of JSON at most
 */
export function fitProfile(profile: Profile, room: number): FittedProfile {
  let bytes = Buffer.byteLength(profileJson(profile));
  if (bytes <= room) return { profile, bytes, dropped: [] };
  const fields = Object.entries(profile);
  const dropped = new Set<string>();
  const largestFirst = fields
    .map(([name, value]) => ({ name, size: jsonBytes(name) + jsonBytes(value) + ':,'.length }))
    .sort((a, b) => b.size - a.size);
  // A profile of 1 MB may have tens of thousands of fields: each is measured once.
  for (const { name, size } of largestFirst) {
    if (bytes <= room) break;
    dropped.add(name);
    bytes = Math.max('{}'.length, bytes - size);
  }
  const fitted = Object.fromEntries(fields.filter(([name]) => !dropped.has(name)));
  return { profile: fitted, bytes, dropped: [...dropped] };
}
