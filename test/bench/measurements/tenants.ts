import { setTimeout as wait } from 'node:timers/promises';
import { percentile } from '../../support/percentile';
import type { DeclaredTenant } from '../../support/start-tenants';
import type { Figure } from '../figure';
import type { TenantsOrders, TenantsSetup } from '../processes/tenants';
import { quietMachine } from '../quiet-machine';
import { type Child, startChild } from '../start-child';
import { type BegunRun, type RunningExporter, startExporter } from '../start-exporter';

/** What is measured. */
export interface TenantsMeasurement {
  /** Healthy tenants. */
  tenants: number;
  /** Whole intervals that are measured. */
  intervals: number;
  /** Minutes of an interval. */
  minutes: number;
  /** Logs of the tenant with a backlog. */
  backlog: number;
  log: (text: string) => void;
}

const MINUTE_MS = 60_000;
const LATENCY_MS = 30;
/** Logs that each tenant gets shortly before an interval, and in the middle of it: each run finds some. */
const [LOGS_BEFORE, LOGS_AMIDST] = [1, 2];
const BEFORE_MS = 500;
/** What a tenant's last run of the measured time may take until it is begun. */
const GRACE_MS = 20_000;

const total = (counts: ReadonlyMap<string, number>) =>
  [...counts.values()].reduce((sum, one) => sum + one, 0);
const seconds = (ms: number) => ms / 1_000;

/** What tenants' runs did in the measured time. */
interface Watched {
  /** Seconds from due to begun, in order. */
  waits: number[];
  /** Seconds until the last of the new tenants was begun, which are all due at once, as after a downtime. */
  burst: number;
  /** Pairs of a tenant and an interval in which it was not run. */
  misses: number;
  peakMb: number;
  /** Milliseconds of processor time per run. */
  perRunMs: number;
  begun: number;
}

/** Runs of healthy tenants that were due in the span, by tenant and interval. */
function countMisses(
  runs: readonly BegunRun[],
  names: readonly string[],
  from: number,
  lengthMs: number,
  intervals: number,
) {
  const found = new Set(
    runs.map(({ tenant, dueAt }) => `${tenant} ${Math.floor((dueAt - from) / lengthMs)}`),
  );
  let misses = 0;
  for (const name of names) {
    for (let interval = 0; interval < intervals; interval += 1)
      misses += Number(!found.has(`${name} ${interval}`));
  }
  return misses;
}

/** Starts sandbox and exporter, and stops them when the work is done. */
async function withTenants<T>(
  setup: TenantsSetup,
  schedule: string,
  work: (
    exporter: RunningExporter,
    sandbox: Child<TenantsOrders>,
    declared: readonly DeclaredTenant[],
  ) => Promise<T>,
): Promise<T> {
  const sandbox: Child<TenantsOrders> = startChild('tenants');
  try {
    const declared = await sandbox.ask('start', setup);
    const exporter = await startExporter(declared, schedule);
    try {
      return await work(exporter, sandbox, declared);
    } finally {
      await exporter.stop();
    }
  } finally {
    await sandbox.stop();
  }
}

function watch(measurement: TenantsMeasurement, isFaulty: boolean): Promise<Watched> {
  const { tenants, intervals, minutes, backlog, log } = measurement;
  const lengthMs = minutes * MINUTE_MS;
  const setup = {
    healthy: tenants,
    ...(isFaulty && { faulty: { backlog } }),
    latencyMs: LATENCY_MS,
  };
  return withTenants(setup, `0 */${minutes} * * * *`, async (exporter, sandbox, declared) => {
    // New tenants are due at once: what is measured is what comes after.
    const from = Math.ceil((Date.now() + GRACE_MS) / lengthMs) * lengthMs;
    const until = from + intervals * lengthMs;
    log(`${declared.length} tenants, until ${new Date(until + GRACE_MS).toISOString()}`);
    await wait(from - BEFORE_MS - Date.now());
    const before = { ms: exporter.processorMs(), runs: total(exporter.counts()) };
    for (let begin = from; begin < until; begin += lengthMs) {
      await wait(begin - BEFORE_MS - Date.now());
      await sandbox.ask('login', LOGS_BEFORE);
      await wait(begin + lengthMs / 2 - Date.now());
      await sandbox.ask('login', LOGS_AMIDST);
    }
    await wait(until + GRACE_MS - Date.now());
    const after = { ms: exporter.processorMs(), runs: exporter.runs(), count: total(exporter.counts()) };
    const names = declared.slice(0, tenants).map(({ name }) => name);
    const healthy = new Set(names);
    const runs = after.runs.filter(
      ({ tenant, dueAt }) => healthy.has(tenant) && dueAt >= from && dueAt < until,
    );
    const first = after.runs.filter(({ tenant, dueAt }) => healthy.has(tenant) && dueAt < from);
    const begun = after.count - before.runs;
    const misses = countMisses(runs, names, from, lengthMs, intervals);
    log(`${runs.length} runs of healthy tenants, ${misses} missed`);
    return {
      waits: runs.map(({ startedAt, dueAt }) => seconds(startedAt - dueAt)).sort((a, b) => a - b),
      burst: Math.max(...first.map(({ startedAt, dueAt }) => seconds(startedAt - dueAt))),
      misses,
      peakMb: exporter.peakMb(),
      perRunMs: (after.ms - before.ms) / begun,
      begun,
    };
  });
}

function figuresOf(watched: Watched, what: string, { tenants, intervals }: TenantsMeasurement): Figure[] {
  const { waits, burst, misses, peakMb, perRunMs, begun } = watched;
  const [p50, p95, most] = [percentile(waits, 0.5), percentile(waits, 0.95), waits.at(-1) ?? Number.NaN];
  const of = `of ${(tenants * intervals).toLocaleString('en')} in ${intervals} ${intervals === 1 ? 'interval' : 'intervals'}`;
  return [
    { measurement: `${what}: runs missed`, value: misses, unit: 'runs', target: { atMost: 0 }, note: of },
    {
      measurement: `${what}: wait of a run, 95th percentile`,
      value: p95,
      unit: 's',
      target: { atMost: 30 },
      note: `median ${p50.toFixed(2)} s, longest ${most.toFixed(1)} s; ${burst.toFixed(0)} s where all are due at once`,
    },
    {
      measurement: `${what}: peak resident memory of the exporter`,
      value: peakMb,
      unit: 'MB',
      target: { atMost: 500 },
    },
    {
      measurement: `${what}: processor time per run`,
      value: perRunMs,
      unit: 'ms',
      note: `${begun.toLocaleString('en')} runs`,
    },
  ];
}

/** Tenants, and a schedule that begins as many runs in a second for each: eight to ten. */
const SIZES = [
  [10, '* * * * * *'],
  [100, '*/10 * * * * *'],
  [1_000, '0 */2 * * * *'],
] as const;
const WATCHED_MS = 60_000;

/** Resolves when all tenants have been run once. */
async function firstRuns(exporter: RunningExporter, tenants: number): Promise<void> {
  while (exporter.counts().size < tenants) await wait(1_000);
}

/** What a run costs that finds nothing new, at about the same number of runs in a second. */
async function costPerRun(log: (text: string) => void): Promise<Figure[]> {
  const costs: number[] = [];
  for (const [tenants, schedule] of SIZES) {
    const setup = { healthy: tenants, latencyMs: 0 };
    costs.push(
      await withTenants(setup, schedule, async (exporter) => {
        await firstRuns(exporter, tenants);
        const before = { ms: exporter.processorMs(), runs: total(exporter.counts()) };
        await wait(WATCHED_MS);
        const runs = total(exporter.counts()) - before.runs;
        const cost = (exporter.processorMs() - before.ms) / runs;
        log(`${tenants} tenants: ${runs} runs, ${cost.toFixed(1)} ms each`);
        return cost;
      }),
    );
  }
  const [few = Number.NaN, some = Number.NaN, many = Number.NaN] = costs;
  const figure = (tenants: number, cost: number): Figure => ({
    measurement: `Processor time of a run that finds nothing new, of ${tenants.toLocaleString('en')} tenants against 10`,
    value: cost / few,
    unit: 'times as much',
    note: `${cost.toFixed(1)} ms against ${few.toFixed(1)} ms`,
  });
  return [figure(100, some), figure(1_000, many)];
}

/** Many tenants in one exporter: all healthy, then with one that hangs and one with a long backlog besides. */
export async function manyTenants(measurement: TenantsMeasurement): Promise<Figure[]> {
  const { tenants, backlog, log } = measurement;
  const count = `${tenants.toLocaleString('en')} tenants`;
  const cost = await costPerRun(log);
  await quietMachine();
  const healthy = await watch(measurement, false);
  await quietMachine();
  const beside = await watch(measurement, true);
  return [
    ...figuresOf(healthy, count, measurement),
    ...figuresOf(
      beside,
      `${count} beside one that hangs and one with a backlog of ${backlog.toLocaleString('en')} logs`,
      measurement,
    ),
    ...cost,
  ];
}
