import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Plan } from '../../server/sandbox/tenant/rate-limits';
import type { Figure } from './figure';
import { choices } from './measurements/choices';
import { coldStart } from './measurements/cold-start';
import { compareBundles } from './measurements/compare-bundles';
import { exportAgainstPageChain } from './measurements/export-against-page-chain';
import { latency } from './measurements/latency';
import { machines } from './measurements/machines';
import { memory } from './measurements/memory';
import { publishedLibraries } from './measurements/published-libraries';
import { rateLimitedRuns } from './measurements/rate-limited-runs';
import { manyTenants } from './measurements/tenants';
import { printTable } from './print-table';

/** What was found, by the name of the measurement. */
type Results = Record<string, { measured: string; node: string; figures: Figure[] }>;

// From build/out/bench, where this ends up.
const file = new URL('../../../test/bench/results.json', import.meta.url);

const { values } = parseArgs({
  options: {
    /** Only these measurements, by name, separated by commas; the others keep what was found before. */
    only: { type: 'string' },
    /** Logs in the long backlog whose memory is measured. */
    backlog: { type: 'string', default: '1000000' },
    /** Tenants of one exporter. */
    tenants: { type: 'string', default: '1000' },
    /** Minutes of their schedule's interval. */
    minutes: { type: 'string', default: '5' },
    /** Whole intervals that their runs are measured for. */
    intervals: { type: 'string', default: '2' },
    /** Seconds of steady logins whose latency is measured. */
    seconds: { type: 'string', default: '600' },
    /** Single logins whose latency is measured before. */
    logins: { type: 'string', default: '40' },
    /** URL of a PostgreSQL that the exporter keeps everything in, where latency is measured; empty: its file. */
    database: { type: 'string', default: '' },
    /** Workers on one PostgreSQL. */
    workers: { type: 'string', default: '4' },
    /** Seconds that each of their measurements takes. */
    'machine-seconds': { type: 'string', default: '15' },
    /** Pairs of export and page chain. */
    pairs: { type: 'string', default: '5' },
    /** In place of everything else: paths of bundles whose exports are compared, the first with each other. */
    compare: { type: 'string', multiple: true },
    /** Under which plans: `unlimited`, `enterprise`. */
    plan: { type: 'string', multiple: true, default: ['unlimited', 'enterprise'] },
    /** Exports of each of those that are compared: bundles under each plan, or settings. */
    rounds: { type: 'string', default: '5' },
  },
});

const measurements: Record<string, () => Promise<Figure[]>> = {
  export: async () => {
    const plain = await exportAgainstPageChain(false, Number(values.pairs));
    const compressed = await exportAgainstPageChain(true, Number(values.pairs));
    const published = await publishedLibraries(compressed.selectedPerSecond);
    return [...compressed.figures, ...plain.figures, ...published];
  },
  limits: rateLimitedRuns,
  choices: () => choices(Number(values.rounds)),
  cold: coldStart,
  memory: () => memory(Number(values.backlog), (text) => console.error(text)),
  latency: () =>
    latency({
      logins: Number(values.logins),
      seconds: Number(values.seconds),
      database: values.database,
      log: (text) => console.error(text),
    }),
  tenants: () =>
    manyTenants({
      tenants: Number(values.tenants),
      intervals: Number(values.intervals),
      minutes: Number(values.minutes),
      backlog: Number(values.backlog),
      log: (text) => console.error(text),
    }),
  machines: () =>
    machines({
      tenants: Number(values.tenants),
      workers: Number(values.workers),
      seconds: Number(values['machine-seconds']),
      log: (text) => console.error(text),
    }),
};

async function readResults(): Promise<Results> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Results;
  } catch {
    return {};
  }
}

if (values.compare) {
  printTable(await compareBundles(values.compare, values.plan as Plan[], Number(values.rounds)));
  process.exit();
}

const results = await readResults();
const only = values.only?.split(',');
for (const [name, measure] of Object.entries(measurements)) {
  if (only && !only.includes(name)) continue;
  console.error(`Measuring: ${name}`);
  try {
    const figures = await measure();
    results[name] = { measured: new Date().toISOString().slice(0, 10), node: process.version, figures };
  } catch (error) {
    // What the others find is still worth having.
    console.error(error);
    delete results[name];
    process.exitCode = 1;
  }
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
}
printTable(Object.keys(measurements).flatMap((name) => results[name]?.figures ?? []));
