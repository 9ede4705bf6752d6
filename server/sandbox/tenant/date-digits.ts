const DAY = 86_400_000;

/** The last day asked for: generated logs lie close together, and formatting a date is the costly part. */
let lastDay = Number.NaN;
let lastDayDigits = '';

/** The 17 digits of an instant, `YYYYMMDDhhmmssmmm`, which sort as time does. */
export function dateDigits(epochMs: number): string {
  const day = Math.floor(epochMs / DAY);
  if (day !== lastDay) {
    lastDayDigits = new Date(day * DAY).toISOString().slice(0, 10).replaceAll('-', '');
    lastDay = day;
  }
  const ms = Math.floor(epochMs - day * DAY);
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const clock = hours * 10_000_000 + minutes * 100_000 + (ms % 60_000);
  return lastDayDigits + String(clock).padStart(9, '0');
}
