import type { Profile } from './profile';

/** Tokens that identity providers issued for the user, which Auth0 keeps in `identities`. */
const TOKENS = new Set(['access_token', 'access_token_secret', 'refresh_token', 'id_token']);
const METADATA = new Set(['user_metadata', 'app_metadata']);

/** The same without tokens; whatever holds none is not copied. */
function withoutTokens(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const kept = value.map(withoutTokens);
    return kept.every((item, index) => item === value[index]) ? value : kept;
  }
  const fields = Object.entries(value);
  const kept = fields
    .filter(([name]) => !TOKENS.has(name))
    .map(([name, field]) => [name, withoutTokens(field)] as const);
  const isSame =
    kept.length === fields.length && kept.every(([, field], index) => field === fields[index]?.[1]);
  return isSame ? value : Object.fromEntries(kept);
}

const fieldsOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

/**
 * A user as Segment gets it: the fields of `user_metadata`, then the profile's own, then those of
 * `app_metadata`, later ones winning. Tokens of identity providers are left out wherever they stand.
 */
export function toProfile(user: object): Profile {
  const { user_metadata, app_metadata } = user as Record<string, unknown>;
  const own = Object.entries(user).filter(([name]) => !METADATA.has(name));
  // Without a prototype any name is a plain field, and hardly two profiles have the same ones.
  const profile: Profile = Object.create(null);
  for (const [name, value] of [...fieldsOf(user_metadata), ...own, ...fieldsOf(app_metadata)]) {
    if (!TOKENS.has(name)) profile[name] = withoutTokens(value);
  }
  return profile;
}
