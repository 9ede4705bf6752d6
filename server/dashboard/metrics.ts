import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import * as v from 'valibot';
import { caughtUpAfter } from '../../src/storage/run-history';
import { runRecord } from '../../src/storage/run-state';
import { exportLag } from '../extension/report/export-lag';
import { type Execution, recordOf } from '../runs/executions';
import type { Host } from '../runs/host';

/** From a run that finds nothing to a long drain. */
const SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 20, 60, 240, 900];
const PREFIX = 'logs_to_segment_';

const stored = v.object({
  logs: v.fallback(v.array(v.unknown()), []),
  checkpointDate: v.fallback(v.nullish(v.string(), null), null),
});

/** What a monitoring system is told. */
export interface Metrics {
  /** Counts an execution that has ended. */
  countExecution(execution: Execution): void;
  /** Counts an answer 429. */
  countRateLimit(service: 'auth0' | 'segment' | 'slack' | 'other'): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Seconds that the export is behind real time; `undefined` where that is not known. */
function lagSeconds(host: Pick<Host, 'storage' | 'now'>): number | undefined {
  const parsed = v.safeParse(stored, host.storage.document());
  if (!parsed.success) return undefined;
  const { logs, checkpointDate } = parsed.output;
  const records = logs.flatMap((log) => {
    const record = v.safeParse(runRecord, log);
    return record.success ? [record.output] : [];
  });
  const { lag } = exportLag(
    { checkpointDate: checkpointDate ?? null, caughtUp: records.reduce(caughtUpAfter, null) },
    records,
    host.now(),
  );
  return lag === null ? undefined : lag / 1000;
}

/** Makes the metrics, counted since this process started. */
export function createMetrics(host: Pick<Host, 'storage' | 'now' | 'installed'>): Metrics {
  const registry = new Registry();
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers: [registry] });
  const runs = counter('runs', 'Executions that have ended, by their result', ['result']);
  const logsRead = counter('logs_read', 'Logs that were read from Auth0');
  const logs = counter('logs_processed', 'Sign-ups, logins and failed logins that were dealt with');
  const events = counter('events', 'Tracks that were delivered to Segment, by event', ['event']);
  const rejected = counter('rejected', 'Calls that Segment refused for good');
  const skipped = counter('skipped', 'Logs that name no user');
  const requests = counter('requests', 'Requests that were sent, by purpose', ['purpose']);
  const rateLimited = counter('rate_limited', 'Requests that were answered with 429', ['service']);
  for (const service of ['auth0', 'segment', 'slack']) rateLimited.inc({ service }, 0);
  for (const result of ['success', 'error']) runs.inc({ result }, 0);
  const duration = new Histogram({
    name: `${PREFIX}run_duration_seconds`,
    help: 'How long executions took',
    buckets: SECONDS,
    registers: [registry],
  });
  new Gauge({
    name: `${PREFIX}lag_seconds`,
    help: 'How far the export is behind real time',
    registers: [registry],
    collect() {
      const lag = lagSeconds(host);
      if (lag !== undefined) this.set(lag);
      else this.remove();
    },
  });
  new Gauge({
    name: `${PREFIX}job_active`,
    help: '1 while the job is installed and switched on',
    registers: [registry],
    collect() {
      this.set(host.installed?.job.state === 'active' ? 1 : 0);
    },
  });
  collectDefaultMetrics({ register: registry });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    countRateLimit: (service) => rateLimited.inc({ service }),
    countExecution: ({ type, started_at, completed_at, body }) => {
      runs.inc({ result: type });
      duration.observe((Date.parse(completed_at ?? started_at) - Date.parse(started_at)) / 1000);
      const record = recordOf(body);
      if (!record) return;
      logsRead.inc(record.logsRead);
      logs.inc(record.logsProcessed);
      skipped.inc(record.skipped);
      rejected.inc(record.rejected.length);
      for (const [event, count] of Object.entries(record.events ?? {})) events.inc({ event }, count);
      for (const [purpose, count] of Object.entries(record.requests ?? {})) requests.inc({ purpose }, count);
    },
  };
}
