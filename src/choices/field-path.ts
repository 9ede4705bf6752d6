/** A field of a profile: the names that lead to it. `*` stands for any name, and for any place in a list. */
export type FieldPath = readonly string[];

const ANY = '*';

/**
 * Reads a dotted path, such as `identities.*.profileData`. A dot that belongs to a name is written `\.`.
 *
 * @returns `undefined` where a name in it is empty
 */
export function parseFieldPath(text: string): FieldPath | undefined {
  const names = text.split(/(?<!\\)\./).map((name) => name.trim().replace(/\\(.)/g, '$1'));
  return names.every((name) => name !== '') ? names : undefined;
}

/** Whether a path names a field, or one that the field stands in. */
export const covers = (path: FieldPath, field: FieldPath): boolean =>
  path.length <= field.length && path.every((name, level) => name === ANY || name === field[level]);

/** What is left of a value; `kept` says of a field of it what is left of that, `undefined` for nothing. */
function mapFields(value: object, kept: (name: string, field: unknown) => unknown): object {
  const fields = Object.entries(value);
  const left = fields
    .map(([name, field]) => [name, kept(name, field)] as const)
    .filter(([, field]) => field !== undefined);
  if (left.length === fields.length && left.every(([, field], index) => field === fields[index]?.[1])) {
    return value;
  }
  return Array.isArray(value) ? left.map(([, field]) => field) : Object.fromEntries(left);
}

/**
 * A profile without the fields that paths name, and without all that stands in them.
 *
 * @param value JSON, not changed; what holds none of the fields is not copied
 */
export function excludeFields<T extends object>(value: T, paths: readonly FieldPath[]): T;
export function excludeFields(value: object, paths: readonly FieldPath[]): object {
  if (paths.length === 0) return value;
  return mapFields(value, (name, field) => {
    const here = paths.filter(([first]) => first === ANY || first === name);
    if (here.some(({ length }) => length === 1)) return undefined;
    if (here.length === 0 || typeof field !== 'object' || field === null) return field;
    return excludeFields(
      field,
      here.map((path) => path.slice(1)),
    );
  });
}

/** The value of a field; `undefined` where there is none. */
export function fieldAt(value: unknown, path: FieldPath): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    // A list has its length, too.
    if (Array.isArray(found) && !/^\d+$/.test(name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** Tokens that identity providers issued for the user, which Auth0 keeps in `identities`. */
export const TOKENS: ReadonlySet<string> = new Set([
  'access_token',
  'access_token_secret',
  'refresh_token',
  'id_token',
]);
/** Objects of a profile whose fields stand beside the profile's own at Segment. */
export const METADATA: ReadonlySet<string> = new Set(['user_metadata', 'app_metadata']);
