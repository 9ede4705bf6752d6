import { sum } from './sum';

const PURPOSES: Readonly<Record<string, string>> = {
  token: 'for a token',
  logs: 'for logs',
  users: 'for users',
  segment: 'to Segment',
};

/** Such as `81: 32 for logs, 30 for users, 18 to Segment, 1 for a token`. */
export function requestsInWords(requests: Readonly<Record<string, number>> = {}): string {
  const parts = Object.entries(requests)
    .sort(([, a], [, b]) => b - a)
    .map(([purpose, number]) => `${number.toLocaleString('en-US')} ${PURPOSES[purpose] ?? purpose}`);
  const total = sum(requests).toLocaleString('en-US');
  return parts.length > 0 ? `${total}: ${parts.join(', ')}` : total;
}
