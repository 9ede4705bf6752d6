import { formatTime } from './format-time';
import { useNow } from './use-now';

/** A point in time in the reader's zone, the day only where it is not today's. */
export function AbsoluteTime({ iso }: { iso: string }) {
  const now = useNow();
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return <span>{iso === '' ? 'unknown' : iso}</span>;
  return (
    <time dateTime={iso} title={formatTime(at)}>
      {formatTime(at, now)}
    </time>
  );
}
