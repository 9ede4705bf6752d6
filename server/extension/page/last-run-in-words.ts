import type { Report, ReportRun } from '../report/report';
import { plural } from './plural';

/** The state of the last run in one sentence. When it was is left to whoever shows it. */
export function lastRunInWords({ running, overdue }: Report, run: ReportRun): string {
  if (running && !running.alive) return 'The last run was cut off before its end.';
  if (run.error) return 'The last run failed.';
  if (overdue) return 'No run has started for some time.';
  if (run.rejected.length > 0) {
    return `The last run succeeded, but for ${plural(run.rejected.length, 'call')} that could not be delivered.`;
  }
  if (run.logsProcessed === 0) return 'The last run succeeded; there was nothing new.';
  return `The last run succeeded: ${plural(run.logsProcessed, 'log')} went to Segment.`;
}
