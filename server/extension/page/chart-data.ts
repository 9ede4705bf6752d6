import type uPlot from 'uplot';
import type { ChartRun } from '../report/report';

/** A place in the chart. */
export interface ChartPoint {
  run: ChartRun;
  /** Seconds since 1970. */
  at: number;
  /** Logs processed, by each of the runs on average where the record stands for several. */
  logs: number;
}

/** The places of the runs in the chart: runs that were folded into one record have one where they begin and one where they end. */
export function chartPoints(runs: readonly ChartRun[]): ChartPoint[] {
  return runs.flatMap((run) =>
    [...new Set([run.start, run.lastStart])]
      .map((start) => ({ run, at: Date.parse(start) / 1000, logs: Math.round(run.logsProcessed / run.runs) }))
      .filter(({ at }) => !Number.isNaN(at)),
  );
}

/** The runs as the chart takes them: what went wrong is marked on top of what was done. */
export function chartData(points: readonly ChartPoint[]): uPlot.AlignedData {
  return [
    points.map(({ at }) => at),
    points.map(({ logs }) => logs),
    points.map(({ run, logs }) => (run.rejected > 0 ? logs : null)),
    points.map(({ run, logs }) => (run.failed ? logs : null)),
  ];
}
