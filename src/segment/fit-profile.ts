import type { Profile } from './profile';

/** A profile that fits into a call. */
export interface FittedProfile {
  /** The profile as JSON in UTF-8, as it is sent. */
  json: Uint8Array;
  /** Names of the fields that had to be left out, largest first. */
  dropped: readonly string[];
}

const NONE: readonly string[] = [];
/** Each in memory of its own: many are kept, and what shares memory keeps each other's. */
const encoder = new TextEncoder();
const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/**
 * Writes a profile as JSON, without the largest of its top-level fields if it would not fit otherwise.
 *
 * @param profile not changed
 * @param room bytes of JSON at most
 */
export function fitProfile(profile: Profile, room: number): FittedProfile {
  const json = encode(profile);
  if (json.length <= room) return { json, dropped: NONE };
  const fields = Object.entries(profile);
  const dropped = new Set<string>();
  const largestFirst = fields
    .map(([name, value]) => ({ name, size: jsonBytes(name) + jsonBytes(value) + ':,'.length }))
    .sort((a, b) => b.size - a.size);
  let bytes = json.length;
  // A profile of 1 MB may have tens of thousands of fields: each is measured once.
  for (const { name, size } of largestFirst) {
    if (bytes <= room) break;
    dropped.add(name);
    bytes -= size;
  }
  const fitted = Object.fromEntries(fields.filter(([name]) => !dropped.has(name)));
  return { json: encode(fitted), dropped: [...dropped] };
}
