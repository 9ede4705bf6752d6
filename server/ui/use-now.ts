import { useEffect, useState } from 'preact/hooks';

/** Relative times are shown in minutes. */
const TICK_MS = 10_000;

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
