import { excludeFields, type FieldPath, fieldAt, METADATA, TOKENS } from '../choices/field-path';
import type { CallShape } from '../choices/shape';
import { digitsOf, isExact, stringifyExact } from '../exact-json';
import { contextBytes, contextNames } from './log-context';

/**
 * Our ids, event and date (at most 250) and what the client library adds (290 with version 3.1: its name and
 * version, Node's version, empty fields).
 */
const OWN_BYTES = 600;

/** Bytes that a call takes besides the profile in it, rounded up. */
export function envelopeBytes(userId: string): number {
  return OWN_BYTES + Buffer.byteLength(JSON.stringify(userId));
}

/** A user's profile as Segment gets it. */
type Profile = Record<string, unknown>;

/** A profile that fits into a call. */
interface FittedProfile {
  /** The profile as JSON in UTF-8, as it is sent. */
  json: Uint8Array;
  /** Names of the fields that had to be left out, largest first. */
  dropped: readonly string[];
}

const NONE: readonly string[] = [];
/** Each in memory of its own: many are kept, and what shares memory keeps each other's. */
const encoder = new TextEncoder();
const encode = (value: unknown): Uint8Array => encoder.encode(stringifyExact(value));
const jsonBytes = (value: unknown): number => Buffer.byteLength(stringifyExact(value));

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

/**
 * Segment's limits for its HTTP API
 * (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#max-request-size).
 */
export const limits = {
  /** Bytes of one call. */
  eventBytes: 32 * 1024,
  /** Bytes of one request. */
  requestBytes: 500 * 1024,
  /** Calls in one request. */
  requestEvents: 2_500,
} as const;

/** What is said about a user of whom nothing is known. */
export const EMPTY_PROFILE: FittedProfile = { json: Buffer.from('{}'), dropped: [] };

/** Segment's reserved traits, and the field of an Auth0 profile that each is taken from. */
const RESERVED = {
  firstName: 'given_name',
  lastName: 'family_name',
  avatar: 'picture',
  phone: 'phone_number',
  username: 'username',
  createdAt: 'created_at',
} as const;

/** Auth0's dates are ISO 8601; `Date` reads much else as one. */
const isDate = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value));

/** Returns true if a value can be a reserved trait: a date for `createdAt`, a text or a number for the others. */
const canBeTrait = (trait: string, value: unknown): boolean => {
  if (trait === 'createdAt') return isDate(value);
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
};

/**
 * What Segment's reserved names mean of a profile. A name that the profile itself has is not among them: its
 * own field stays.
 */
function reservedTraits(profile: Profile): Profile {
  return Object.fromEntries(
    Object.entries(RESERVED)
      .filter(([trait]) => !(trait in profile))
      .map(([trait, field]) => [trait, profile[field]] as const)
      .filter(([trait, value]) => canBeTrait(trait, value)),
  );
}

/**
 * Levels of objects and lists in a profile, itself the first. Auth0 keeps metadata however deep it is nested;
 * what writes JSON recursively ends at a few thousand levels, and the strictest of common readers, that of .NET,
 * takes 64, of which the request around a profile is three. A profile that people use has no ten.
 */
export const DEEPEST_LEVEL = 50;

/** Stands for a list or object that is nested too deep to be sent. */
const TOO_DEEP = Symbol('too deep');

/** A user as Segment gets it. */
interface CutProfile {
  profile: Profile;
  /** Names of the fields in which something was nested too deep and is missing. */
  cut: readonly string[];
}

const NOTHING_CUT: readonly string[] = [];

/**
 * The same without tokens, and without what is nested too deep; whatever holds neither is not copied. It calls
 * itself no deeper than the levels that are sent.
 *
 * @param level of the value, if it is a list or an object
 * @param onCut called when something is left out because it is nested too deep
 */
function clean(value: unknown, level: number, onCut: () => void): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (level > DEEPEST_LEVEL) {
    onCut();
    return TOO_DEEP;
  }
  if (Array.isArray(value)) {
    const kept = value.map((item) => clean(item, level + 1, onCut)).filter((item) => item !== TOO_DEEP);
    return kept.length === value.length && kept.every((item, index) => item === value[index]) ? value : kept;
  }
  const fields = Object.entries(value);
  const kept = fields
    .filter(([name]) => !TOKENS.has(name))
    .map(([name, field]) => [name, clean(field, level + 1, onCut)] as const)
    .filter(([, field]) => field !== TOO_DEEP);
  const isSame =
    kept.length === fields.length && kept.every(([, field], index) => field === fields[index]?.[1]);
  return isSame ? value : Object.fromEntries(kept);
}

const fieldsOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

/**
 * A user as Segment gets it: the fields of `user_metadata`, then the profile's own, then those of
 * `app_metadata`, later ones winning. Tokens of identity providers are left out wherever they stand, and what is
 * nested deeper than 50 levels, with all that is in it.
 *
 * @param user as Auth0 answers it; not changed
 * @param excluded fields that are left out before anything else is done: as Auth0 has them, and as they would leave
 */
export function toProfile(user: object, excluded: readonly FieldPath[]): CutProfile {
  const left = excludeFields(user, excluded);
  const { user_metadata, app_metadata } = left as Record<string, unknown>;
  const own = Object.entries(left).filter(([name]) => !METADATA.has(name));
  // Without a prototype any name is a plain field, and hardly two profiles have the same ones.
  let merged: Profile = Object.create(null);
  for (const [name, value] of [...fieldsOf(user_metadata), ...own, ...fieldsOf(app_metadata)]) {
    if (!TOKENS.has(name)) merged[name] = value;
  }
  // Another field may have come under a name that is excluded.
  merged = excludeFields(merged, excluded);
  const cut = new Set<string>();
  for (const [name, value] of Object.entries(merged)) merged[name] = clean(value, 2, () => cut.add(name));
  return { profile: merged, cut: cut.size > 0 ? [...cut] : NOTHING_CUT };
}

/** What Segment gets of a user, in every call about it. */
export interface SegmentUser {
  /** The `userId` that the user has by a field of the profile; `undefined` where it is the id that Auth0 gave it. */
  ownId: string | undefined;
  /** Of each track call: the profile. */
  properties: FittedProfile;
  /** Of the identify call: the profile, and what Segment's reserved names mean of it; empty where there is no such call. */
  traits: FittedProfile;
  /** Names of the fields in which something was nested too deep and is missing. */
  cut: readonly string[];
}

/**
 * Returns a text or a number as a `userId`. A number that JavaScript can't represent is none: rounding would make two
 * users one.
 */
function toUserId(value: unknown): string | undefined {
  const digits = digitsOf(value);
  if (digits !== undefined) return isExact(digits) ? digits : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/**
 * Writes what Segment gets of a user, once for all the calls about it.
 *
 * @param user as Auth0 answers it; not changed
 * @param auth0Id by which the logs name it
 * @param shape what calls are made of
 */
export function toSegmentUser(user: object, auth0Id: string, shape: CallShape): SegmentUser {
  const { excluded, userIdField, identifies, loginContext } = shape;
  const { profile, cut } = toProfile(user, excluded);
  const ownId = userIdField && toUserId(fieldAt(excludeFields(user, excluded), userIdField));
  const room = limits.eventBytes - envelopeBytes(ownId ?? auth0Id);
  const ofTrack = loginContext
    ? excludeFields(
        profile,
        contextNames.map((name) => [name]),
      )
    : profile;
  return {
    ownId,
    properties: fitProfile(ofTrack, room - contextBytes(shape)),
    traits: identifies
      ? fitProfile(excludeFields({ ...reservedTraits(profile), ...profile }, excluded), room)
      : EMPTY_PROFILE,
    cut,
  };
}
