/** The most ids that one search asks for: about 2.5 KB of address. */
const MOST_IDS = 50;
/** Bytes of the encoded query at most: Auth0 answers 414 for addresses over 8 KB. */
const LONGEST_QUERY = 7_000;

/** One search for several users: the ids it asks for and its query. */
export interface UserQuery {
  ids: string[];
  /** Lucene syntax, not URL-encoded. */
  q: string;
}

const quote = (id: string) => `"${id.replace(/["\\]/g, '\\$&')}"`;

/**
 * Splits user ids into as few searches as their addresses have room for. An id that is too long for any is
 * left out.
 */
export function toUserQueries(ids: readonly string[]): UserQuery[] {
  const groups: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const size = encodeURIComponent(`${quote(id)} OR `).length;
    if (size > LONGEST_QUERY) continue;
    const group = groups.at(-1);
    if (group && size <= room && group.length < MOST_IDS) group.push(id);
    else {
      groups.push([id]);
      room = LONGEST_QUERY;
    }
    room -= size;
  }
  return groups.map((group) => ({ ids: group, q: `user_id:(${group.map(quote).join(' OR ')})` }));
}
