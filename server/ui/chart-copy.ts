import type uPlot from 'uplot';
import { eventsSent } from '../../src/run-words';
import { formatNumber, formatTime } from './format';
import { readerLocale } from './locale';
import { describeFoldedRuns, plural } from './page-copy';

/** A run as the chart shows it, or several that were folded into one record. */
export interface ChartRun {
  start: string;
  /** From 1. */
  runs: number;
  /** ISO 8601 start of the last of them; of a single run, its start. */
  lastStart: string;
  /** Events sent by all of them together, by name. */
  events: Readonly<Record<string, number>>;
  rejected: number;
  failed: boolean;
}

/** A place in the chart. */
interface ChartPoint {
  run: ChartRun;
  /** Seconds since 1970. */
  at: number;
  /** Events sent, by each of the runs on average where the record stands for several. */
  events: number;
}

const perRun = (run: ChartRun, count: number) => Math.round(count / run.runs);

/** The places of the runs in the chart: runs that were folded into one record have one where they begin and one where they end. */
export function chartPoints(runs: readonly ChartRun[]): ChartPoint[] {
  return runs.flatMap((run) =>
    [...new Set([run.start, run.lastStart])]
      .map((start) => ({ run, at: Date.parse(start) / 1000, events: perRun(run, eventsSent(run)) }))
      .filter(({ at }) => !Number.isNaN(at)),
  );
}

/** Colours that the chart has for events: of more names, the rarest share the last. */
const MOST_NAMES = 4;
/** What the rarest are called together. */
const OTHERS = 'Other events';

/** What the bars of a chart are made of, the most frequent first: the names of a part, and what it is called. */
export function chartParts(runs: readonly ChartRun[]): { label: string; names: readonly string[] }[] {
  const sums = new Map<string, number>();
  for (const { events } of runs) {
    for (const [name, count] of Object.entries(events)) {
      if (count > 0) sums.set(name, (sums.get(name) ?? 0) + count);
    }
  }
  const names = [...sums].sort((one, other) => other[1] - one[1]).map(([name]) => name);
  if (names.length <= MOST_NAMES) return names.map((name) => ({ label: name, names: [name] }));
  const shown = names.slice(0, MOST_NAMES - 1).map((name) => ({ label: name, names: [name] }));
  return [...shown, { label: OTHERS, names: names.slice(MOST_NAMES - 1) }];
}

/** A run is cut off at the top where it is more than so many times what is usual. */
const OUTLIER = 4;
/** Room above what is usual, in parts of it. */
const HEADROOM = 1.5;
/** Runs that do not say what is usual: one in twenty, but one at least. */
const UNUSUAL_SHARE = 0.05;
/** The axis counts whole events. */
const LOWEST_TOP = 5;

/**
 * The most events that the chart has room for: all of them, but where a few runs would flatten all others, such as the
 * first one after a month of logs, what is usual.
 */
export function chartTop(points: readonly ChartPoint[]): number {
  const sent = points
    .map(({ events }) => events)
    .filter((events) => events > 0)
    .sort((a, b) => b - a);
  const [most = 0] = sent;
  const usual = sent[Math.max(1, Math.floor(sent.length * UNUSUAL_SHARE))] ?? most;
  return Math.max(LOWEST_TOP, most > usual * OUTLIER ? Math.ceil(usual * HEADROOM) : most);
}

/**
 * The runs as the chart takes them: the times; the parts of the bars, each upon those after it, so that the first is the
 * whole; calls that were rejected and runs that failed, marked on top of what was sent.
 *
 * @param top what {@link chartTop} says: marks stay within it
 */
export function chartData(
  points: readonly ChartPoint[],
  parts: readonly { names: readonly string[] }[],
  top: number,
): uPlot.AlignedData {
  const sumOf = ({ run }: ChartPoint, names: readonly string[]) =>
    names.reduce((sum, name) => sum + (run.events[name] ?? 0), 0) / run.runs;
  const mark = ({ events }: ChartPoint) => Math.min(events, top);
  return [
    points.map(({ at }) => at),
    ...parts.map((_, place) =>
      points.map((point) =>
        parts.slice(0, parts.length - place).reduce((sum, { names }) => sum + sumOf(point, names), 0),
      ),
    ),
    points.map((point) => (point.run.rejected > 0 ? mark(point) : null)),
    points.map((point) => (point.run.failed ? mark(point) : null)),
  ];
}

/** What the chart shows, for those who do not see it. */
export function describeChart(runs: readonly ChartRun[]): string {
  const events = runs.reduce((sum, run) => sum + eventsSent(run), 0);
  const most = runs.reduce((top, run) => Math.max(top, perRun(run, eventsSent(run))), 0);
  const countRuns = (of: readonly ChartRun[]) => of.reduce((sum, run) => sum + run.runs, 0);
  const failed = countRuns(runs.filter((run) => run.failed));
  const rejected = runs.reduce((sum, run) => sum + run.rejected, 0);
  return `Chart of the last ${plural(countRuns(runs), 'run')}: ${plural(events, 'event')} sent in all, ${plural(most, 'event')} in the largest; ${plural(failed, 'run')} failed, ${plural(rejected, 'call')} rejected. The table below has the figures.`;
}

/**
 * What is said of a run that is pointed at.
 *
 * @param now milliseconds since 1970
 */
export function describeChartRun(run: ChartRun, now: number): string {
  const by = Object.entries(run.events)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${formatNumber(count)} ${name}`);
  const head =
    run.runs > 1
      ? describeFoldedRuns(run, now)
      : `${formatTime(Date.parse(run.start), now)}: ${plural(eventsSent(run), 'event')} sent`;
  return [
    by.length > 1 ? `${head} (${by.join(', ')})` : head,
    ...(run.rejected > 0 ? [`${plural(run.rejected, 'call')} rejected`] : []),
    ...(run.failed ? ['failed'] : []),
  ].join(', ');
}

/**
 * Says which runs are taller than the chart; empty where none is.
 *
 * @param top what {@link chartTop} says
 * @param now milliseconds since 1970
 */
export function describeCut(points: readonly ChartPoint[], top: number, now: number): string {
  const cut = points.filter(({ events }) => events > top);
  const [first] = cut;
  if (!first) return '';
  const tallest = cut.reduce((most, point) => (point.events > most.events ? point : most), first);
  const when = formatTime(tallest.at * 1000, now);
  return cut.length === 1
    ? `Cut off at the top: ${when}, ${plural(tallest.events, 'event')}`
    : `${cut.length} runs are cut off at the top, the largest: ${when}, ${plural(tallest.events, 'event')}`;
}

const DAY_SECONDS = 86_400;
const MINUTE_SECONDS = 60;

/**
 * The labels of an axis of time, in the reader's zone and language: seconds where they are closer than a minute, a day
 * where the time would be midnight; none twice.
 *
 * @param times seconds since 1970
 * @param step seconds from one to the next
 */
export function timeLabels(times: readonly number[], step: number): string[] {
  const labels = times.map((seconds) => {
    const date = new Date(seconds * 1000);
    return step >= DAY_SECONDS ||
      (date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0)
      ? date.toLocaleDateString(readerLocale(), { day: 'numeric', month: 'short' })
      : date.toLocaleTimeString(readerLocale(), {
          hour: '2-digit',
          minute: '2-digit',
          ...(step < MINUTE_SECONDS ? { second: '2-digit' } : {}),
        });
  });
  return labels.map((label, place) => (label === labels[place - 1] ? '' : label));
}
