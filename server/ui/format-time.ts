/**
 * A point in time in the reader's zone: time alone for today, with the day otherwise.
 *
 * @param at milliseconds since 1970
 * @param now leaves the day out where it is the same; always with day and zone where it is not given
 */
export function formatTime(at: number, now?: number): string {
  const date = new Date(at);
  if (now !== undefined && date.toDateString() === new Date(now).toDateString()) {
    return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }
  return now === undefined
    ? date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' })
    : date.toLocaleString(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}
