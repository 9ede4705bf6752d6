import type uPlot from 'uplot';
import { barPath } from './bar-path';

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

/** How the chart looks. Series: time in seconds, logs processed, failed runs, rejected calls. */
export function chartOptions(width: number, height: number): uPlot.Options {
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: colour('text-quiet'),
    font,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  const marks = (name: string, space: number): Partial<uPlot.Series> => ({
    stroke: colour(name),
    fill: colour(name),
    paths: () => null,
    points: { show: true, size: space, width: 0, fill: colour(name), stroke: colour(name) },
  });
  return {
    width,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
    scales: {
      x: { range: (_plot, min, max) => [min - (max - min) * MARGIN, max + (max - min) * MARGIN] },
      y: { range: (_plot, _min, max) => [0, Math.max(5, max * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 80 },
      {
        ...axis,
        size: 52,
        space: 40,
        values: (_plot, values) => values.map((value) => value.toLocaleString()),
      },
    ],
    series: [
      {},
      {
        label: 'Logs processed',
        fill: colour('accent'),
        stroke: colour('accent'),
        paths: barPath,
        points: { show: false },
      },
      { label: 'Failed', ...marks('bad', 9) },
      {
        label: 'Rejected calls',
        fill: colour('warn'),
        stroke: colour('warn'),
        paths: barPath,
        points: { show: false },
      },
    ],
  };
}
