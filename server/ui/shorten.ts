const HEAD = 6;
const TAIL = 8;

/** Takes the middle out of a long identifier; log ids differ at their end. */
export function shorten(id: string): string {
  return id.length <= HEAD + TAIL + 1 ? id : `${id.slice(0, HEAD)}…${id.slice(-TAIL)}`;
}
