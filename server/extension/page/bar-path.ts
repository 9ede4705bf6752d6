import uPlot from 'uplot';

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
export const barPath: uPlot.Series.PathBuilder = (plot, index, from, to) => {
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
