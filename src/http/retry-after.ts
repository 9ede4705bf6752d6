/**
 * Milliseconds that an answer's `Retry-After` asks to wait, in either of its forms (seconds or HTTP date). A date
 * is meant by the peer's clock, so it is measured against the answer's own `Date`, which is cut off to the second:
 * the wait is never too short, and up to a second too long.
 *
 * @param now milliseconds since 1970 by this machine's clock, for an answer that has no `Date`
 * @returns `undefined` where the header is missing or means nothing
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const date = Date.parse(value);
  if (Number.isNaN(date)) return undefined;
  const answeredAt = Date.parse(headers.get('date') ?? '');
  return Math.max(0, date - (Number.isNaN(answeredAt) ? now : answeredAt));
}
