/** Milliseconds that a run took; not a number where its end is not known. */
export function runDuration({ start, end }: { start: string; end: string }): number {
  return Date.parse(end) - Date.parse(start);
}
