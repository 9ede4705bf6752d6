import type { Profile } from './segment-call';

/** A profile goes out with every call about its user: it is written as JSON once. */
const known = new WeakMap<Profile, string>();

/** A profile as JSON. The profile must not be changed afterwards. */
export function profileJson(profile: Profile): string {
  const json = known.get(profile) ?? JSON.stringify(profile);
  known.set(profile, json);
  return json;
}
