import * as v from 'valibot';
import { parseAuth0Date } from './dates';

/** A user's profile as the Management API returns it. */
export interface User {
  user_id: string;
  [field: string]: unknown;
}

export const userShape = v.looseObject({
  user_id: v.string(),
  updated_at: v.fallback(v.optional(v.string()), undefined),
});

/** Returns `updated_at` of a user in milliseconds since 1970; NaN if it has none. */
export const updatedAtOf = ({ updated_at }: User): number => Date.parse(parseAuth0Date(updated_at) ?? '');

/** Returns when Auth0 sent an answer, in milliseconds since 1970 by its own clock; NaN if the answer has no `Date`. */
export const answeredAtOf = ({ headers }: { headers: Headers }): number =>
  Date.parse(headers.get('date') ?? '');
