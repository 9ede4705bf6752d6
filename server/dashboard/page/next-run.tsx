import type { InstalledState } from '../dashboard-state';
import { zonedTime } from './zoned-time';

/** When the job runs next, in its own time zone. */
export function NextRun({ installed }: { installed: InstalledState }) {
  const { next_available_at: next, tz } = installed.job;
  if (installed.isRunning) return <span>Running now</span>;
  if (next === null) return <span class="quiet">None while it is off</span>;
  return (
    <time dateTime={next} class="number">
      {zonedTime(next, tz)}
    </time>
  );
}
