import type { CallShape } from '../choices/shape';

/** Something that a log names: by its id, by its name or by both; each is empty where the log leaves it out. */
interface Named {
  id: string;
  name: string;
}

/** What a log says of where a user logged in. */
export interface LogContext {
  /** Auth0's abbreviation of the log's type, such as `s`. */
  type: string;
  client?: Named | undefined;
  connection?: Named | undefined;
  organization?: Named | undefined;
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Bytes of one text as JSON; Auth0's ids are 32 long, and its names are read by people. */
const MOST_TEXT_BYTES = 500;
const isShort = (text: string): boolean => text !== '' && jsonBytes(text) <= MOST_TEXT_BYTES;

/** The properties of a track that tell of its log: no field of a profile comes under these names beside them. */
export const contextNames = ['auth0_client', 'auth0_connection'] as const;

/** Bytes that a track is given for what is told of its log: three texts or one, with their names. */
export const contextBytes = ({ loginContext, groups }: CallShape): number =>
  (loginContext ? 3 * MOST_TEXT_BYTES + 100 : 0) + (groups ? MOST_TEXT_BYTES + 50 : 0);

/**
 * The application and the connection of a log, as properties. Texts that no id or name is as long as are left out.
 *
 * @returns without what the log does not name
 */
export function loginContextOf({
  client,
  connection,
}: LogContext): Partial<Record<(typeof contextNames)[number], unknown>> {
  const { id = '', name = '' } = client ?? {};
  return {
    ...(isShort(id) ? { auth0_client: { id, ...(isShort(name) ? { name } : {}) } } : {}),
    ...(connection && isShort(connection.name) ? { auth0_connection: connection.name } : {}),
  };
}

/**
 * The organization that a user logged in to. In a failed login its id may be whatever was asked for; it counts
 * where Auth0 knows a name for it.
 *
 * @returns `undefined` where the log names none
 */
export function organizationOf({
  type,
  organization,
}: LogContext): { id: string; name?: string } | undefined {
  if (!organization || !isShort(organization.id)) return undefined;
  const { id, name } = organization;
  if (isShort(name)) return { id, name };
  return type === 's' || type === 'ss' ? { id } : undefined;
}
