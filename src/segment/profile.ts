/** A user's profile as Segment gets it. */
export type Profile = Record<string, unknown>;
