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

const DAY_SECONDS = 86_400;

/** The times beneath the chart, in the reader's zone and language; a day where the time would be midnight. */
function timesInWords(_plot: uPlot, times: number[], _axis: number, _space: number, step: number): string[] {
  return times.map((seconds) => {
    const date = new Date(seconds * 1000);
    return step >= DAY_SECONDS || (date.getHours() === 0 && date.getMinutes() === 0)
      ? date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
      : date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  });
}

/** How the chart looks. Series: time in seconds, logs processed, failed runs, runs with rejected calls. */
export function chartOptions(width: number, height: number): uPlot.Options {
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
      { ...axis, grid: { show: false }, size: 30, space: 80, values: timesInWords },
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
