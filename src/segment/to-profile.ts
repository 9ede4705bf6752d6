import type { Profile } from './segment-call';

/** Tokens that identity providers issued for the user, which Auth0 keeps in `identities`. */
const TOKENS = new Set(['access_token', 'access_token_secret', 'refresh_token', 'id_token']);

/** A deep copy without tokens; arrays and objects only, everything else is kept as it is. */
function withoutTokens(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTokens);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !TOKENS.has(key))
      .map(([key, field]) => [key, withoutTokens(field)]),
  );
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
