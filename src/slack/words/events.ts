import { escapeMrkdwn } from '../escape-mrkdwn';
import { number } from './number';

/** Events exported, by their names, one in a line, in mrkdwn. */
export const events = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([name, times]) => `${number(times)} ${escapeMrkdwn(name, 100)}`)
    .join('\n');
