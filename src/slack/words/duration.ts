/** The time between two moments. */
export function duration(start: string, end: string): string {
  const seconds = (Date.parse(end) - Date.parse(start)) / 1000;
  return Number.isNaN(seconds) ? 'unknown' : `${seconds.toFixed(1)} s`;
}
