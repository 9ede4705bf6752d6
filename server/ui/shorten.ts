/** A log id begins with the time of its log and ends like all others. */
const HEAD = 22;

/** Leaves out what long identifiers have in common: their end. */
export function shorten(id: string): string {
  return id.length <= HEAD + 4 ? id : `${id.slice(0, HEAD)}…`;
}
