import type uPlot from 'uplot';
import type { ChartRun } from '../report/report';

/** The runs as the chart takes them: what went wrong is marked on top of what was done. */
export function chartData(runs: readonly ChartRun[]): uPlot.AlignedData {
  const known = runs.filter((run) => !Number.isNaN(Date.parse(run.start)));
  return [
    known.map((run) => Date.parse(run.start) / 1000),
    known.map((run) => run.logsProcessed),
    known.map((run) => (run.rejected > 0 ? run.logsProcessed : null)),
    known.map((run) => (run.failed ? run.logsProcessed : null)),
  ];
}
