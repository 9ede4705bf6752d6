import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatTime } from '../../ui/format-time';
import type { ChartRun } from '../report/report';
import { chartData, chartPoints } from './chart-data';
import { chartInWords } from './chart-in-words';
import { chartOptions } from './chart-options';
import { foldedInWords } from './folded-in-words';
import { plural } from './plural';

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
      <div ref={box} role="img" aria-label={chartInWords(runs)} />
      <figcaption class="small quiet">
        {run ? (
          <span>
            {run.runs > 1
              ? foldedInWords(run, Date.now())
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
