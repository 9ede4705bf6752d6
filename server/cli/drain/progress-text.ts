import { formatDuration } from '../../ui/format-duration';
import type { DrainProgress } from './drain-progress';

const number = (value: number) => Math.round(value).toLocaleString('en-US');

/** Such as `45,200 logs, 25,780 events, 1,930 logs/s, 3 h 20 min behind, 1 min 5 s left`. */
export function progressText({ logs, events, rate, behindMs, leftMs }: DrainProgress): string {
  return [
    `${number(logs)} logs`,
    `${number(events)} events`,
    `${number(rate)} logs/s`,
    behindMs === undefined ? '' : `${formatDuration(behindMs)} behind`,
    leftMs === undefined ? '' : `${formatDuration(leftMs)} left`,
  ]
    .filter(Boolean)
    .join(', ');
}
