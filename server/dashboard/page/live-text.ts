import type { LiveEvent } from '../../host/executions/live-event';

/** A live event as a line. */
export function liveText({ kind, text, execution }: LiveEvent): string {
  if (kind === 'begin') return `── execution ${execution} ──`;
  if (kind === 'end') return `── execution ${execution}: ${text} ──`;
  return text;
}
