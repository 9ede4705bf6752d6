const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/**
 * How long ago something was: `just now`, `3 minutes ago`, `yesterday`.
 *
 * @param at milliseconds since 1970
 */
export function formatRelativeTime(at: number, now: number, language?: string): string {
  const ago = now - at;
  for (const [unit, length] of STEPS) {
    if (Math.abs(ago) >= length) {
      return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(
        -Math.round(ago / length),
        unit,
      );
    }
  }
  return 'just now';
}
