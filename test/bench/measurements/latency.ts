import { randomBytes } from 'node:crypto';
import { percentile } from '../../support/percentile';
import type { Figure } from '../figure';
import type { Delivered, LatencyOrders } from '../processes/latency';
import { quietMachine } from '../quiet-machine';
import { type Child, startChild } from '../start-child';
import { startExporter } from '../start-exporter';

/** What secrets are sealed with in PostgreSQL, which has no folder for a key. */
const KEY = randomBytes(32).toString('base64');

/** What is measured. */
export interface LatencyMeasurement {
  /** Single logins, one at a time. */
  logins: number;
  /** Seconds of steady logins. */
  seconds: number;
  /** URL of a PostgreSQL to keep everything in; empty: the file. */
  database: string;
  log: (text: string) => void;
}

const LATENCY_MS = 30;
const PER_SECOND = 20;
/** Longer than the interval between two triggered runs: each login finds the exporter idle. */
const PAUSE_MS = 6_000;
/** Read Logs, of an Essentials plan. */
const READ_LOGS_PER_MINUTE = 100;
const SCHEDULE = '0 */5 * * * *';

/** Of waits in milliseconds. */
const secondsAt = (sorted: readonly number[], share: number) => percentile(sorted, share) / 1_000;

/** Writes logs, with exporter and sandbox of their own. */
async function withStream(
  database: string,
  work: (sandbox: Child<LatencyOrders>) => Promise<Delivered>,
): Promise<Delivered> {
  const sandbox: Child<LatencyOrders> = startChild('latency');
  try {
    const declared = await sandbox.ask('start', { plan: 'essentials', latencyMs: LATENCY_MS });
    const exporter = await startExporter(
      declared,
      SCHEDULE,
      database === '' ? {} : { DATABASE_URL: database, ENCRYPTION_KEY: KEY },
    );
    try {
      await sandbox.ask('asked', 1);
      const token = exporter.token(declared[0]?.name ?? '');
      const url = exporter.url.replace('localhost', '127.0.0.1');
      await sandbox.ask('stream', { url, token });
      return await work(sandbox);
    } finally {
      await exporter.stop();
    }
  } finally {
    await sandbox.stop();
  }
}

/** From a log's appearance in Auth0 to Segment's 200, by way of a log stream. */
export async function latency({ logins, seconds, database, log }: LatencyMeasurement): Promise<Figure[]> {
  const where = database === '' ? '' : ', PostgreSQL';
  await quietMachine();
  log(`${logins} single logins`);
  const idle = await withStream(database, (sandbox) =>
    sandbox.ask('single', { times: logins, pauseMs: PAUSE_MS }),
  );
  await quietMachine();
  log(`${PER_SECOND} logins a second for ${seconds} s`);
  const busy = await withStream(database, (sandbox) =>
    sandbox.ask('steady', { perSecond: PER_SECOND, seconds }),
  );
  const steady = `${PER_SECOND} logins a second for ${seconds} s under Essentials limits${where}`;
  const share = (busy.logRequests / ((READ_LOGS_PER_MINUTE * seconds) / 60)) * 100;
  return [
    {
      measurement: `From a log to Segment's 200, idle, median${where}`,
      value: secondsAt(idle.waits, 0.5),
      unit: 's',
      target: { atMost: 1.5 },
      note: `${logins} logins, each call ${LATENCY_MS} ms`,
    },
    {
      measurement: `From a log to Segment's 200, idle, 95th percentile${where}`,
      value: secondsAt(idle.waits, 0.95),
      unit: 's',
      target: { atMost: 3 },
      note: `longest ${secondsAt(idle.waits, 1).toFixed(2)} s`,
    },
    {
      measurement: `${steady}: 95th percentile`,
      value: secondsAt(busy.waits, 0.95),
      unit: 's',
      target: { atMost: 8 },
      note: `median ${secondsAt(busy.waits, 0.5).toFixed(2)} s, longest ${secondsAt(busy.waits, 1).toFixed(2)} s`,
    },
    {
      measurement: `${steady}: share of the Read Logs limit`,
      value: share,
      unit: '%',
      target: { atMost: 30 },
      note: `${busy.logRequests} requests`,
    },
    { measurement: `${steady}: answers 429`, value: busy.refused, unit: 'answers', target: { atMost: 0 } },
    {
      measurement: `${steady}: logs that did not arrive`,
      value: busy.missing + idle.missing,
      unit: 'logs',
      target: { atMost: 0 },
    },
  ];
}
