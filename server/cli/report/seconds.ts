/** Such as `0.8 s`, `12 s`, `3 min 5 s`. */
export function seconds(ms: number): string {
  const whole = Math.round(ms / 1000);
  if (whole < 10) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
