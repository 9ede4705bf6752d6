import { useEffect, useState } from 'preact/hooks';
import { localTimeZone } from '../../src/time-zone';
import { formatRelativeTime, formatTime, TICK_MS } from './format';

const readers = new Set<(now: number) => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** The time, renewed every ten seconds; one timer serves the whole page. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    readers.add(setNow);
    ticking ??= setInterval(() => {
      for (const read of readers) read(Date.now());
    }, TICK_MS);
    return () => {
      readers.delete(setNow);
      if (readers.size > 0) return;
      clearInterval(ticking);
      ticking = undefined;
    };
  }, []);
  return now;
}

/** Says in which zone times are, where the schedule beside them has another; nothing where it has not. */
export function ZoneNote({ scheduleZone }: { scheduleZone: string }) {
  const zone = localTimeZone();
  if (zone === scheduleZone) return null;
  return <p class="muted small spaced">Times are those of your browser ({zone}).</p>;
}

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
