import type { Profile } from './segment-call';

/** Tokens that identity providers issued for the user, which Auth0 keeps in `identities`. */
const TOKENS = new Set(['access_token', 'access_token_secret', 'refresh_token', 'id_token']);

/** The same without tokens; whatever holds none is not copied, because many profiles are kept at a time. */
function withoutTokens(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const kept = value.map(withoutTokens);
    return kept.every((item, index) => item === value[index]) ? value : kept;
  }
  const fields = Object.entries(value);
  const kept = fields
    .filter(([key]) => !TOKENS.has(key))
    .map(([key, field]) => [key, withoutTokens(field)] as const);
  const isSame =
    kept.length === fields.length && kept.every(([, field], index) => field === fields[index]?.[1]);
  return isSame ? value : Object.fromEntries(kept);
}

const fieldsOf = (value: unknown): object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

/**
 * A user as Segment gets it: the fields of `user_metadata`, then the profile's own, then those of
 * `app_metadata`, later ones winning. Tokens of identity providers are left out wherever they stand.
 */
export function toProfile(user: object): Profile {
  const { user_metadata, app_metadata, ...own } = user as Record<string, unknown>;
  return fieldsOf(
    withoutTokens({ ...fieldsOf(user_metadata), ...own, ...fieldsOf(app_metadata) }),
  ) as Profile;
}
