/** Milliseconds. */
const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * A duration in words, as precise as it matters: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
 *
 * @param ms negative and unknown ones are an en dash
 */
export function formatDuration(ms: number): string {
  if (!(ms >= 0)) return '–';
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  const parts = (big: number, bigName: string, small: number, smallName: string) => {
    const whole = Math.floor(ms / big);
    const rest = Math.floor((ms % big) / small);
    return rest === 0 ? `${whole} ${bigName}` : `${whole} ${bigName} ${rest} ${smallName}`;
  };
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return parts(MINUTE, 'min', SECOND, 's');
  if (ms < DAY) return parts(HOUR, 'h', MINUTE, 'min');
  return parts(DAY, 'd', HOUR, 'h');
}
