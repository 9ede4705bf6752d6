/** Of all counts. */
export function sum(counts: Readonly<Record<string, number>> = {}): number {
  return Object.values(counts).reduce((total, one) => total + one, 0);
}
