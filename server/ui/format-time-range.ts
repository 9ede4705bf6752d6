/**
 * A stretch of time in the reader's zone: times alone where it lies within today, with the days otherwise.
 *
 * @param from milliseconds since 1970
 * @param to milliseconds since 1970
 * @param now milliseconds since 1970
 * @returns `unknown` where one of them is no time
 */
export function formatTimeRange(from: number, to: number, now: number): string {
  if (Number.isNaN(from) || Number.isNaN(to)) return 'unknown';
  const today = new Date(now).toDateString();
  const isToday = [from, to].every((at) => new Date(at).toDateString() === today);
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat(
    undefined,
    isToday ? time : { ...time, day: 'numeric', month: 'short' },
  );
  return `${format.format(from)} to ${format.format(to)}`;
}
