/** Such as `1,360 Success Login, 171 Failed Login`, the largest first. */
export function byName(counts: Readonly<Record<string, number>> = {}): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, number]) => `${number.toLocaleString('en-US')} ${name}`)
    .join(', ');
}
