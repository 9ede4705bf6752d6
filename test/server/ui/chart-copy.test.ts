import { describe, expect, test } from 'vitest';
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
} from '../../../server/ui/chart-copy';
import { setReaderLocale } from '../../support/set-reader-locale';

setReaderLocale('en-GB');

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const MINUTE = 60_000;

/** Runs a minute apart, the last one now. */
const runsOf = (events: ChartRun['events'][], more: Partial<ChartRun> = {}): ChartRun[] =>
  events.map((one, place) => {
    const start = new Date(NOW - (events.length - 1 - place) * MINUTE).toISOString();
    return { start, lastStart: start, runs: 1, rejected: 0, failed: false, events: one, ...more };
  });
const topOf = (...counts: number[]) => chartTop(chartPoints(runsOf(counts.map((Login) => ({ Login })))));

test('runs that were folded stand from their first to their last, with the events of one of them', () => {
  const [start, lastStart] = ['2026-11-19T00:00:00.000Z', '2026-11-19T23:55:00.000Z'];
  const folded = { start, lastStart, runs: 288, events: { Login: 2_880 }, rejected: 0, failed: false };
  const [single] = runsOf([{ Login: 1_204 }]);
  const chart = single ? [folded, single] : [];
  expect(chartPoints(chart).map(({ at, events }) => [at * 1000, events])).toEqual([
    [Date.parse(start), 10],
    [Date.parse(lastStart), 10],
    [NOW, 1_204],
  ]);
  expect(describeChart(chart)).toContain(
    'the last 289 runs: 4,084 events sent in all, 1,204 events in the largest',
  );
  expect(describeChartRun(folded, NOW)).toMatch(/^288 runs, 2,880 events sent, /);
});

describe('bars are stacked by event', () => {
  test('each part stands upon those below it, the most frequent at the bottom, the whole first', () => {
    const runs = runsOf([{ 'Failed Login': 2, Login: 7 }, { Login: 1 }, {}]);
    const parts = chartParts(runs);
    expect(parts.map(({ label }) => label)).toEqual(['Login', 'Failed Login']);
    expect(chartData(chartPoints(runs), parts, 9).slice(1, 3)).toEqual([
      [9, 1, 0],
      [7, 1, 0],
    ]);
  });

  test('of more names than there are colours, the rarest share one, and none is lost', () => {
    const runs = runsOf([{ a: 50, b: 40, c: 30, d: 2, e: 1, none: 0 }]);
    const parts = chartParts(runs);
    expect(parts).toEqual([
      { label: 'a', names: ['a'] },
      { label: 'b', names: ['b'] },
      { label: 'c', names: ['c'] },
      { label: 'Other events', names: ['d', 'e'] },
    ]);
    expect(chartData(chartPoints(runs), parts, 200)[1]).toEqual([123]);
  });
});

describe('one run does not flatten all others', () => {
  test('the chart has room for what is usual, and says what it cuts off', () => {
    const counts = [1_717, ...Array.from({ length: 20 }, (_, place) => 10 + place)];
    const runs = runsOf(counts.map((Login) => ({ Login })));
    const top = topOf(...counts);
    expect(top).toBe(44);
    expect(describeCut(chartPoints(runs), top, NOW)).toMatch(/^Cut off at the top: .*, 1,717 events$/);
  });

  test('also where there are but two, and where several are tall', () => {
    expect(topOf(1_717, 3)).toBe(5);
    const counts = [...Array.from({ length: 60 }, () => 10), 900, 1_000];
    const runs = runsOf(counts.map((Login) => ({ Login })));
    expect(describeCut(chartPoints(runs), topOf(...counts), NOW)).toMatch(
      /^2 runs are cut off at the top, the largest: .*, 1,000 events$/,
    );
  });

  test('runs of about the same size are shown whole', () => {
    const counts = [100, 150, 220, 90];
    expect(topOf(...counts)).toBe(220);
    expect(describeCut(chartPoints(runsOf(counts.map((Login) => ({ Login })))), 220, NOW)).toBe('');
    expect([topOf(), topOf(0, 0), topOf(3), topOf(300)]).toEqual([5, 5, 5, 300]);
  });

  test('what went wrong with a run that is cut off is marked within the chart', () => {
    const runs = runsOf([{ Login: 900 }], { rejected: 1, failed: true });
    expect(chartData(chartPoints(runs), chartParts(runs), 15).slice(-2)).toEqual([[15], [15]]);
  });
});

test('no time stands twice below the chart', () => {
  const from = new Date(2026, 10, 20, 10, 5).getTime() / 1000;
  const close = timeLabels([from, from + 10, from + 20], 10);
  expect(new Set(close).size).toBe(3);
  expect(timeLabels([from, from + 60], 60).map((label) => label.replace(/\D/g, ''))).toEqual([
    '1005',
    '1006',
  ]);
  const midnight = new Date(2026, 10, 20).getTime() / 1000;
  expect(timeLabels([midnight, midnight + 30], 60)).toEqual([
    expect.stringMatching(/20/),
    expect.stringMatching(/00/),
  ]);
  // Where the clocks are set back, an hour comes twice.
  expect(timeLabels([from, from], 60)[1]).toBe('');
});

test('the chart has a text alternative, and a run that is pointed at its figures', () => {
  const [first, second] = runsOf([{ Login: 1_200, 'Failed Login': 4 }, { Login: 3 }]);
  if (!first || !second) throw new Error('two runs were made');
  const failed = { ...second, rejected: 1, failed: true };
  expect(describeChart([first, failed])).toBe(
    'Chart of the last 2 runs: 1,207 events sent in all, 1,204 events in the largest; 1 run failed, 1 call rejected. The table below has the figures.',
  );
  expect(describeChartRun(first, NOW)).toMatch(/: 1,204 events sent \(1,200 Login, 4 Failed Login\)$/);
  expect(describeChartRun(failed, NOW)).toMatch(/: 3 events sent, 1 call rejected, failed$/);
});
