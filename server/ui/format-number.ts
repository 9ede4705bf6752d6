/** A whole number with its thousands set apart, as the reader's language does it. */
export function formatNumber(value: number): string {
  return value.toLocaleString();
}
