/** Milliseconds that a run took; not a number where its end is not known, and for several runs together. */
export function runDuration({
  start,
  end,
  runs,
}: {
  start: string;
  end: string;
  runs?: number | undefined;
}): number {
  return runs !== undefined ? Number.NaN : Date.parse(end) - Date.parse(start);
}
