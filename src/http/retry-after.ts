/**
 * Milliseconds that an answer's `Retry-After` asks to wait, in either of its forms (seconds or HTTP date).
 *
 * @returns `undefined` where the header is missing or means nothing
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
