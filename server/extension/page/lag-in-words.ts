import { formatDuration } from '../../ui/format-duration';
import { formatTime } from '../../ui/format-time';
import type { ExportLag } from '../report/report';

/**
 * Says how far behind the export is and where that leads.
 *
 * @param now milliseconds since 1970
 */
export function lagInWords({ exportedUntil, trend, caughtUpIn }: ExportLag, now: number): string {
  const until = exportedUntil === null ? undefined : formatTime(Date.parse(exportedUntil), now);
  const done = until ? `Everything up to ${until} is in Segment` : 'Logs are on their way to Segment';
  switch (trend) {
    case 'caught-up':
      return `${done}. The export is caught up.`;
    case 'catching-up':
      return caughtUpIn === null
        ? `${done}. More logs are waiting; the next run goes on with them.`
        : `${done}. More logs are waiting; at this pace the export has caught up in about ${formatDuration(caughtUpIn)}.`;
    case 'falling-behind':
      return `${done}. Logs come in faster than they are exported: let the cron job run more often.`;
    case 'stalled':
      return `${done}. Nothing is lost: when the cause is gone, the next run goes on from the checkpoint.`;
    default:
      return '';
  }
}
