import './valid-language';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {
  type ChartRun,
  chartData,
  chartParts,
  chartPoints,
  chartTop,
  describeChart,
  describeChartRun,
  describeCut,
  timeLabels,
} from './chart-copy';
import { formatNumber } from './format';
import { useNow } from './time';

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

/** Steps of the axis of events, which come whole: 1, 2 and 5, and those times ten, a hundred and so on. */
const WHOLE_STEPS = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();
/** Steps of the axis of time, in seconds, from ten seconds to a month. */
const TIME_STEPS = [10, 30, 60, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200].concat(
  [1, 2, 7, 14, 30, 90].map((days) => days * 86_400),
);

/** What is drawn. */
interface Drawn {
  points: ReturnType<typeof chartPoints>;
  parts: ReturnType<typeof chartParts>;
  /** Events that there is room for. */
  top: number;
}

/** What is drawn of some runs. */
function drawnOf(runs: readonly ChartRun[]): Drawn {
  const points = chartPoints(runs);
  return { points, parts: chartParts(runs), top: chartTop(points) };
}

/** How the chart looks. Series: time in seconds, events by name as they are stacked, rejected calls, failed runs. */
function chartOptions(width: number, height: number, { parts, top }: Drawn): uPlot.Options {
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
      y: { range: [-top * MARGIN, top * 1.1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 30,
        space: 80,
        incrs: TIME_STEPS,
        values: (_plot, times, _axis, _space, step) => timeLabels(times, step),
      },
      {
        ...axis,
        size: 52,
        space: 40,
        incrs: WHOLE_STEPS,
        values: (_plot, values) => values.map(formatNumber),
      },
    ],
    series: [
      {},
      // The whole is drawn first, and what is below it upon it.
      ...parts.map(
        ({ label }, place): uPlot.Series => ({
          label,
          fill: colour(`event-${parts.length - place}`),
          paths: barPath,
          points: { show: false },
        }),
      ),
      marks('Rejected calls', 'warn'),
      marks('Failed', 'bad'),
    ],
  };
}

const HEIGHT = 200;

/** Events sent and failures, run by run, over time. */
export function RunChart({ runs }: { runs: readonly ChartRun[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const now = useNow();
  const drawn = drawnOf(runs);
  // The page asks for the runs every few seconds, and is mostly told the same.
  const key = JSON.stringify(runs);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      const options = chartOptions(element.clientWidth, HEIGHT, drawn);
      options.hooks = { setCursor: [({ cursor }) => setPointed(cursor.idx ?? null)] };
      plot = new uPlot(options, chartData(drawn.points, drawn.parts, drawn.top), element);
    };
    draw();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    const resized = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      dark.removeEventListener('change', draw);
      resized.disconnect();
      plot?.destroy();
    };
  }, [key]);

  const run = pointed === null ? undefined : drawn.points[pointed]?.run;
  const cut = describeCut(drawn.points, drawn.top, now);
  return (
    <figure class="chart">
      <div ref={box} class="chart-box" role="img" aria-label={describeChart(runs)} />
      <figcaption class="small muted">
        {run ? (
          <span>{describeChartRun(run, now)}</span>
        ) : (
          <>
            {drawn.parts.map(({ label }, place) => (
              <span key={label} class={`key key-event-${place + 1}`}>
                {label}
              </span>
            ))}
            {runs.some(({ failed }) => failed) && <span class="key key-failed">Failed run</span>}
            {runs.some(({ rejected }) => rejected > 0) && (
              <span class="key key-rejected">Rejected calls</span>
            )}
            {cut && <span>{cut}</span>}
          </>
        )}
      </figcaption>
    </figure>
  );
}
