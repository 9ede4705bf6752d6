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
/** Nothing is due. */
const IDLE_SCHEDULE = '0 0 0 29 2 *';
const INTERVAL_MS = 120_000;
/** What a tenant's last run of the measured time may take until it is begun. */
const GRACE_MS = 20_000;

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

/** Resolves when all tenants have been run once. */
async function firstRuns(machines: RunningMachines, tenants: number): Promise<void> {
  while ((await machines.tenantsRun()) < tenants) await wait(1_000);
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

/** The wait of runs that find something, of one whole interval, and the memory of the workers by then. */
async function waitsOf(
  machines: RunningMachines,
  sandbox: Child<TenantsOrders>,
  { tenants, workers, log }: MachinesMeasurement,
): Promise<Figure[]> {
  const from = Math.ceil(Date.now() / INTERVAL_MS) * INTERVAL_MS;
  await wait(from - Date.now());
  await sandbox.ask('login', 1);
  await wait(from + INTERVAL_MS + GRACE_MS - Date.now());
  const waits = await machines.waits(from);
  const [p50, p95, longest] = [0.5, 0.95, 1].map((share) => percentile(waits, share));
  log(`${waits.length} runs that found something waited ${p50} s, 95th percentile ${p95} s`);
  const peaks = machines.peakMb();
  const of = `${tenants.toLocaleString('en')} tenants on ${workers} workers`;
  return [
    {
      measurement: `${of}: wait of a run, 95th percentile`,
      value: p95 ?? Number.NaN,
      unit: 's',
      target: { atMost: 30 },
      note: `median ${p50?.toFixed(2)} s, longest ${longest?.toFixed(1)} s, of ${waits.length.toLocaleString('en')} runs`,
    },
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
 * tenants, what they cost while nothing is due, and how long runs wait.
 */
export async function machines(measurement: MachinesMeasurement): Promise<Figure[]> {
  const { workers, seconds, log } = measurement;
  const sizes = sizesUpTo(measurement.tenants);
  const costs: Cost[] = [];
  const waits: Figure[] = [];
  let idle: Cost | undefined;
  await quietMachine();
  for (const [tenants, schedule] of sizes) {
    await withMachines({ workers, tenants }, schedule, async (running, sandbox) => {
      await firstRuns(running, tenants);
      const cost = await costOf(running, seconds * 1_000, (runs) => runs);
      log(`${tenants} tenants: ${cost.runs} runs, each ${describe(cost)}`);
      costs.push(cost);
      if (tenants === measurement.tenants) waits.push(...(await waitsOf(running, sandbox, measurement)));
    });
  }
  await withMachines({ workers, tenants: measurement.tenants }, IDLE_SCHEDULE, async (running) => {
    await firstRuns(running, measurement.tenants);
    idle = await costOf(running, seconds * 1_000, () => seconds);
    log(`nothing due: each second ${describe(idle)}`);
    for (const { calls, query } of await running.most()) log(`${calls} ${query}`);
  });
  const nothing = { workersMs: Number.NaN, databaseMs: Number.NaN, statements: Number.NaN };
  const [few = nothing, ...others] = costs;
  const units = [
    ['Processor time of the workers', 'workersMs', 'ms'],
    ['Processor time of the database', 'databaseMs', 'ms'],
    ['Statements', 'statements', 'statements'],
  ] as const;
  const growth = others.flatMap((cost, index): Figure[] => {
    const tenants = sizes[index + 1]?.[0] ?? Number.NaN;
    return units.map(([name, field, unit]) => ({
      measurement: `${name} for a run that finds nothing new, of ${tenants.toLocaleString('en')} tenants on ${workers} workers against 10`,
      value: cost[field] / few[field],
      unit: 'times as much',
      note: `${cost[field].toFixed(1)} ${unit} against ${few[field].toFixed(1)} ${unit}`,
    }));
  });
  return [
    ...waits,
    ...growth,
    ...units.map(([name, field, unit]) => ({
      measurement: `${name} of ${measurement.tenants.toLocaleString('en')} tenants on ${workers} workers while none is due`,
      value: (idle ?? nothing)[field],
      unit: `${unit} each second`,
    })),
  ];
}
