import { formatRelativeTime } from './format-relative-time';
import { formatTime } from './format-time';
import { useNow } from './use-now';

/** How long ago something was, with the exact time in the reader's zone on hover. */
export function RelativeTime({ iso }: { iso: string }) {
  const now = useNow();
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return <span>{iso === '' ? 'unknown' : iso}</span>;
  return (
    <time dateTime={iso} title={formatTime(at)}>
      {formatRelativeTime(at, now)}
    </time>
  );
}
