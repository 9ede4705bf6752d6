import type { ChartRun } from '../report/report';
import { plural } from './plural';

/** What the chart shows, for those who do not see it. */
export function chartInWords(runs: readonly ChartRun[]): string {
  const logs = runs.reduce((sum, run) => sum + run.logsProcessed, 0);
  const most = runs.reduce((top, run) => Math.max(top, Math.round(run.logsProcessed / run.runs)), 0);
  const countRuns = (of: readonly ChartRun[]) => of.reduce((sum, run) => sum + run.runs, 0);
  const failed = countRuns(runs.filter((run) => run.failed));
  const rejected = runs.reduce((sum, run) => sum + run.rejected, 0);
  return `Chart of the last ${plural(countRuns(runs), 'run')}: ${plural(logs, 'log')} in all, ${plural(most, 'log')} in the largest; ${plural(failed, 'run')} failed, ${plural(rejected, 'call')} rejected. The table below has the figures.`;
}
