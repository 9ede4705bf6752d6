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
  let bytes = jsonBytes(profile);
  if (bytes <= room) return { profile, bytes, dropped: [] };
  const fitted = { ...profile };
  const dropped: string[] = [];
  const largestFirst = Object.entries(profile)
    .map(([name, value]) => ({ name, size: jsonBytes(name) + jsonBytes(value) }))
    .sort((a, b) => b.size - a.size);
  for (const { name } of largestFirst) {
    if (bytes <= room) break;
    delete fitted[name];
    dropped.push(name);
    bytes = jsonBytes(fitted);
  }
  return { profile: fitted, bytes, dropped };
}
