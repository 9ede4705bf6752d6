import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatTime } from './format';
import {
  type ChartRun,
  chartData,
  chartPoints,
  describeChart,
  describeFoldedRuns,
  plural,
} from './page-copy';

const WIDEST = 14;
const NARROWEST = 2;
/** Of the room that a run has. */
const SHARE = 0.7;

/** Pixels from one run to the next, of all such pauses the one in the middle. */
function usualPause(plot: uPlot, times: ArrayLike<number>): number {
  const places = Array.from(times, (time) => plot.valToPos(time, 'x', true));
  const pauses = places.slice(1).map((place, index) => place - (places[index] ?? place));
  return pauses.sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? plot.bbox.width;
}

/**
 * Draws a bar of the same width for every run, wherever it stands in time. uPlot's own bars take their width
 * from the closest two, and two runs may be seconds apart; a record of many runs may be a day away from the
 * next.
 */
const barPath: uPlot.Series.PathBuilder = (plot, index, from, to) => {
  const { scale = 'y' } = plot.series[index] ?? {};
  const [times, values] = [plot.data[0], plot.data[index]];
  const fill = new Path2D();
  const room = Math.min(plot.bbox.width / Math.max(1, to - from + 1), usualPause(plot, times));
  const width = Math.round(Math.min(WIDEST * uPlot.pxRatio, Math.max(NARROWEST, room * SHARE)));
  const floor = plot.valToPos(0, scale, true);
  for (let at = from; at <= to; at++) {
    const value = values?.[at];
    if (!value) continue;
    const x = plot.valToPos(times[at] ?? 0, 'x', true);
    const y = plot.valToPos(value, scale, true);
    fill.rect(Math.round(x - width / 2), y, width, floor - y);
  }
  return { fill, stroke: null };
};

/** A colour of the page's, as it is now: light or dark. */
function colour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Room on both sides of the outermost bars, in parts of the time shown. */
const MARGIN = 0.02;

const DAY_SECONDS = 86_400;

/** The times beneath the chart, in the reader's zone and language; a day where the time would be midnight. */
function describeTimes(_plot: uPlot, times: number[], _axis: number, _space: number, step: number): string[] {
  return times.map((seconds) => {
    const date = new Date(seconds * 1000);
    return step >= DAY_SECONDS || (date.getHours() === 0 && date.getMinutes() === 0)
      ? date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
      : date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  });
}

/** How the chart looks. Series: time in seconds, logs processed, failed runs, runs with rejected calls. */
function chartOptions(width: number, height: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colour('text-quiet'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  const marks = (label: string, name: string): uPlot.Series => ({
    label,
    paths: () => null,
    points: { show: true, size: 12, width: 2, fill: colour(name), stroke: colour('surface') },
  });
  return {
    width,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
    scales: {
      x: { range: (_plot, min, max) => [min - (max - min) * MARGIN, max + (max - min) * MARGIN] },
      y: { range: (_plot, _min, max) => [-max * MARGIN, Math.max(5, max * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 30, space: 80, values: describeTimes },
      {
        ...axis,
        size: 52,
        space: 40,
        values: (_plot, values) => values.map((value) => value.toLocaleString()),
      },
    ],
    series: [
      {},
      { label: 'Logs processed', fill: colour('accent'), paths: barPath, points: { show: false } },
      marks('Rejected calls', 'warn'),
      marks('Failed', 'bad'),
    ],
  };
}

const HEIGHT = 200;

/** Logs processed and failures, run by run, over time. */
export function RunChart({ runs }: { runs: readonly ChartRun[] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const latest = useRef(runs);
  latest.current = runs;
  const [pointed, setPointed] = useState<number | null>(null);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      const options = chartOptions(element.clientWidth, HEIGHT);
      options.hooks = { setCursor: [({ cursor }) => setPointed(cursor.idx ?? null)] };
      plot.current = new uPlot(options, chartData(chartPoints(latest.current)), element);
    };
    draw();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    return () => {
      dark.removeEventListener('change', draw);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => plot.current?.setData(chartData(chartPoints(runs))), [runs]);

  const run = pointed === null ? undefined : chartPoints(runs)[pointed]?.run;
  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={describeChart(runs)} />
      <figcaption class="small muted">
        {run ? (
          <span>
            {run.runs > 1
              ? describeFoldedRuns(run, Date.now())
              : `${formatTime(Date.parse(run.start), Date.now())}: ${plural(run.logsProcessed, 'log')}`}
            {run.rejected > 0 && `, ${plural(run.rejected, 'call')} rejected`}
            {run.failed && ', failed'}
          </span>
        ) : (
          <>
            <span class="key key-logs">Logs processed</span>
            <span class="key key-failed">Failed run</span>
            <span class="key key-rejected">Rejected calls</span>
          </>
        )}
      </figcaption>
    </figure>
  );
}
