import { covers, type FieldPath, parseFieldPath } from '../segment/field-path';
import { METADATA, TOKENS } from '../segment/profile';
import { listed, type Read, shown } from './values';

const REMEDY =
  'Write one field as a dotted path, such as app_metadata.customer_id, or leave it at user_id, the id that Auth0 gave the user.';

/** Reads USER_ID_FIELD; `undefined` stands for the id that Auth0 gave the user. */
export const readUserIdField: Read<FieldPath | undefined> = (value) => {
  if (value === '' || value === 'user_id') return undefined;
  const path = parseFieldPath(value);
  if (!path || path.includes('*') || listed(value).length > 1) {
    return { problem: `USER_ID_FIELD is ${shown(value)}, which is not one field. ${REMEDY}` };
  }
  if (path.some((name) => TOKENS.has(name))) {
    return {
      problem: `USER_ID_FIELD is ${shown(value)}, a token of an identity provider, which is never sent. ${REMEDY}`,
    };
  }
  return path;
};

/**
 * Whether a field is excluded, as Auth0 has it or under the name by which it would leave: then it must not leave as
 * `userId` either.
 */
export function isExcluded(field: FieldPath, excluded: readonly FieldPath[]): boolean {
  const [first = '', ...rest] = field;
  return excluded.some((path) => covers(path, field) || (METADATA.has(first) && covers(path, rest)));
}
