/** The position that `logId` wrote into an id; NaN for an id of another make. */
export function logIdPosition(id: string): number {
  return Number(id.slice(20, 32));
}
