import { setTimeout as wait } from 'node:timers/promises';
import { percentile } from '../../support/percentile';
import type { Figure } from '../figure';
import type { TenantsOrders } from '../processes/tenants';
import { quietMachine } from '../quiet-machine';
import { type Child, startChild } from '../start-child';
import { type RunningMachines, startMachines } from '../start-machines';

/** What is measured. */
export interface MachinesMeasurement {
  /** Tenants of the largest. */
  tenants: number;
  workers: number;
  /** Seconds of each measurement. */
  seconds: number;
  log: (text: string) => void;
}

/** Tenants, and a schedule that begins as many runs in a second for each: eight to ten. */
const sizesUpTo = (most: number): (readonly [tenants: number, schedule: string])[] => [
  [10, '* * * * * *'],
  [100, '*/10 * * * * *'],
  [most, '0 */2 * * * *'],
];
/** What became due last in the measured time may take until it is begun. */
const GRACE_MS = 3_000;

/** What a run costs, or a second in which none is due. */
interface Cost {
  workersMs: number;
  databaseMs: number;
  statements: number;
}

async function costOf(
  machines: RunningMachines,
  ms: number,
  per: (runs: number) => number,
): Promise<Cost & { runs: number }> {
  const before = await machines.taken();
  await wait(ms);
  const after = await machines.taken();
  const runs = after.runs - before.runs;
  const by = per(runs);
  return {
    workersMs: (after.workersMs - before.workersMs) / by,
    databaseMs: (after.databaseMs - before.databaseMs) / by,
    statements: (after.statements - before.statements) / by,
    runs,
  };
}

/**
 * Resolves when all tenants have been run once, nothing is left waiting of that, and each worker has dropped what is old:
 * what it does at its start is no part of a run.
 */
async function firstRuns(machines: RunningMachines, tenants: number, workers: number): Promise<void> {
  const isUnderWay = async () =>
    (await machines.tenantsRun()) < tenants ||
    (await machines.late()) > 0 ||
    (await machines.pruned()) < tenants * workers;
  while (await isUnderWay()) await wait(1_000);
  // The last history takes two more statements.
  await wait(1_000);
}

/** Starts sandbox and workers, and stops them when the work is done. */
async function withMachines<T>(
  { workers, tenants }: { workers: number; tenants: number },
  schedule: string,
  work: (machines: RunningMachines, sandbox: Child<TenantsOrders>) => Promise<T>,
): Promise<T> {
  const sandbox: Child<TenantsOrders> = startChild('tenants');
  try {
    const declared = await sandbox.ask('start', { healthy: tenants, latencyMs: 0 });
    const machines = await startMachines(workers, declared, schedule);
    try {
      return await work(machines, sandbox);
    } finally {
      await machines.stop();
    }
  } finally {
    await sandbox.stop();
  }
}

const describe = ({ workersMs, databaseMs, statements }: Cost) =>
  `${workersMs.toFixed(1)} ms of workers, ${databaseMs.toFixed(1)} ms of the database, ${statements.toFixed(1)} statements`;

/** How long runs that find something wait, and how many are not begun at all. */
async function waitsOf(
  machines: RunningMachines,
  sandbox: Child<TenantsOrders>,
  tenants: number,
  { workers, seconds, log }: MachinesMeasurement,
): Promise<Figure[]> {
  await sandbox.ask('login', 1);
  const from = Date.now();
  const until = from + seconds * 1_000;
  await wait(until + GRACE_MS - Date.now());
  const waits = await machines.waits(from, until);
  const missed = await machines.missed(until);
  const [p50, p95, longest] = [0.5, 0.95, 1].map((share) => percentile(waits, share));
  log(`${tenants} tenants: ${waits.length} runs waited ${p50} s, 95th percentile ${p95} s; ${missed} missed`);
  const of = `${tenants.toLocaleString('en')} tenants on ${workers} workers`;
  return [
    {
      measurement: `${of}: wait of a run, 95th percentile`,
      value: p95 ?? Number.NaN,
      unit: 's',
      target: { atMost: 5 },
      note: `median ${p50?.toFixed(2)} s, longest ${longest?.toFixed(1)} s, of ${waits.length.toLocaleString('en')} runs that found something`,
    },
    {
      measurement: `${of}: runs that were due and not begun ${GRACE_MS / 1_000} s later`,
      value: missed,
      unit: 'runs',
      target: { atMost: 0 },
    },
  ];
}

const units = [
  ['Processor time of the workers', 'workersMs', 'ms'],
  ['Processor time of the database', 'databaseMs', 'ms'],
  ['Statements', 'statements', 'statements'],
] as const;

/** What a run costs that finds nothing new, and how much more that is than with fewer tenants. */
function costFigures(
  costs: readonly (Cost & { tenants: number; runs: number })[],
  workers: number,
): Figure[] {
  return costs.flatMap((cost, index) => {
    const before = costs[index - 1];
    return units.flatMap(([name, field, unit]): Figure[] => {
      const of = `${name} for a run that finds nothing new, of ${cost.tenants.toLocaleString('en')} tenants on ${workers} workers`;
      const figure = { measurement: of, value: cost[field], unit, note: `of ${cost.runs} runs` };
      if (!before) return [figure];
      const ratio = {
        measurement: `${of} against ${before.tenants.toLocaleString('en')}`,
        value: cost[field] / before[field],
        unit: 'times as much',
      };
      return [figure, ratio];
    });
  });
}

/** What everything costs in a second in which nothing is due, and the memory that the workers have had. */
async function idleFigures(
  machines: RunningMachines,
  tenants: number,
  { workers, seconds, log }: MachinesMeasurement,
): Promise<Figure[]> {
  await machines.pause();
  await wait(GRACE_MS);
  const idle = await costOf(machines, seconds * 1_000, () => seconds);
  log(`nothing due: each second ${describe(idle)}`);
  const peaks = machines.peakMb();
  const of = `${tenants.toLocaleString('en')} tenants on ${workers} workers`;
  return [
    ...units.map(([name, field, unit]) => ({
      measurement: `${name} of ${of} while none is due`,
      value: idle[field],
      unit: `${unit} each second`,
    })),
    {
      measurement: `${of}: peak resident memory of a worker`,
      value: Math.max(...peaks),
      unit: 'MB',
      note: `each: ${peaks.map((mb) => mb.toFixed(0)).join(', ')} MB`,
    },
  ];
}

/**
 * Workers in processes of their own on one PostgreSQL: what a run costs them and the database, how that grows with the
 * tenants at as many runs in a second, how long runs wait, and what is spent while nothing is due.
 */
export async function machines(measurement: MachinesMeasurement): Promise<Figure[]> {
  const { workers, seconds, log } = measurement;
  const costs: (Cost & { tenants: number; runs: number })[] = [];
  const others: Figure[] = [];
  await quietMachine();
  for (const [tenants, schedule] of sizesUpTo(measurement.tenants)) {
    await withMachines({ workers, tenants }, schedule, async (running, sandbox) => {
      // Not at the times of the schedule, which a thousand take two minutes for.
      await running.runAll();
      await firstRuns(running, tenants, workers);
      const cost = await costOf(running, seconds * 1_000, (runs) => runs);
      log(`${tenants} tenants: ${cost.runs} runs, each ${describe(cost)}`);
      for (const { calls, ms, rows, query } of await running.most()) {
        log(`  ${calls} times, ${ms} ms, ${rows} rows: ${query}`);
      }
      costs.push({ ...cost, tenants });
      others.push(...(await waitsOf(running, sandbox, tenants, measurement)));
      if (tenants === measurement.tenants) {
        others.push(...(await idleFigures(running, tenants, measurement)));
      }
    });
  }
  return [...costFigures(costs, workers), ...others];
}
