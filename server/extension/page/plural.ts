import { formatNumber } from '../../ui/format-number';

/** A number with its noun: `1 log`, `3,214 logs`. */
export function plural(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}
