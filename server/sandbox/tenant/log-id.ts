const TAIL = '000001223372036854775807';

/** A `log_id` of 56 digits, as Auth0's look: its time first, then its position, so that it sorts as text. */
export function logId(timeDigits: string, position: number): string {
  return `900${timeDigits}${String(position).padStart(12, '0')}${TAIL}`;
}
