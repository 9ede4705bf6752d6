import type { Profile } from './profile';

/** Tokens that identity providers issued for the user, which Auth0 keeps in `identities`. */
const TOKENS = new Set(['access_token', 'access_token_secret', 'refresh_token', 'id_token']);
const METADATA = new Set(['user_metadata', 'app_metadata']);

/**
 * Levels of objects and lists in a profile, itself the first. Auth0 keeps metadata however deep it is nested;
 * what writes JSON recursively ends at a few thousand levels, and the strictest of common readers, that of .NET,
 * takes 64, of which the request around a profile is three. A profile that people use has no ten.
 */
export const DEEPEST_LEVEL = 50;

/** Stands for a list or object that is nested too deep to be sent. */
const TOO_DEEP = Symbol('too deep');

/** A user as Segment gets it. */
export interface CutProfile {
  profile: Profile;
  /** Names of the fields in which something was nested too deep and is missing. */
  cut: readonly string[];
}

const NONE: readonly string[] = [];

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
 */
export function toProfile(user: object): CutProfile {
  const { user_metadata, app_metadata } = user as Record<string, unknown>;
  const own = Object.entries(user).filter(([name]) => !METADATA.has(name));
  // Without a prototype any name is a plain field, and hardly two profiles have the same ones.
  const merged: Profile = Object.create(null);
  for (const [name, value] of [...fieldsOf(user_metadata), ...own, ...fieldsOf(app_metadata)]) {
    if (!TOKENS.has(name)) merged[name] = value;
  }
  const cut = new Set<string>();
  for (const [name, value] of Object.entries(merged)) merged[name] = clean(value, 2, () => cut.add(name));
  return { profile: merged, cut: cut.size > 0 ? [...cut] : NONE };
}
